// The command `aws` of tests that call it thousands of times: it hands its words, its environment and its streams to the
// process that has the real CLI loaded (warm.py), which listens on the socket named by WARM_AWS, and ends as that says.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"syscall"
)

func main() {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: os.Getenv("WARM_AWS"), Net: "unix"})
	if err != nil {
		fail(err)
	}
	folder, err := os.Getwd()
	if err != nil {
		fail(err)
	}
	words, err := json.Marshal(map[string]any{"argv": os.Args[1:], "env": os.Environ(), "cwd": folder})
	if err != nil {
		fail(err)
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(len(words)))
	if _, _, err := conn.WriteMsgUnix(head, syscall.UnixRights(0, 1, 2), nil); err != nil {
		fail(err)
	}
	if _, err := conn.Write(words); err != nil {
		fail(err)
	}
	status := make([]byte, 1)
	if _, err := conn.Read(status); err != nil {
		fail(fmt.Errorf("the warm CLI crashed: %w", err))
	}
	os.Exit(int(status[0]))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "aws:", err)
	os.Exit(254)
}
