"""The real AWS CLI v1, loaded once: every call gets a fork of it, which ends when its caller is killed.

    python warm.py SOCKET

Starting the CLI takes most of a second of CPU; a plan of two tables calls it a hundred times, and is killed at each of them.
"""
import array
import gc
import json
import os
import socket
import struct
import sys
import threading
import time

from awscli.clidriver import create_clidriver


def warmed():
    """The driver with the models of the services read and a client of each made once: forks find all caches filled."""
    driver = create_clidriver()
    commands = driver._get_command_table()  # pylint: disable=protected-access
    for service in ("dynamodb", "application-autoscaling", "sts"):
        driver.session.create_client(service, region_name="us-east-1", endpoint_url="http://127.0.0.1:1", aws_access_key_id="x", aws_secret_access_key="y")
        commands[service].create_help_command()
    return driver


def receive(connection):
    head, ancillary, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * 4))
    if len(head) < 4:
        return None, []
    fds = array.array("i")
    for _, _, data in ancillary:
        fds.frombytes(data)
    length, words = struct.unpack(">I", head)[0], b""
    while len(words) < length:
        part = connection.recv(length - len(words))
        if not part:
            return None, fds
        words += part
    return json.loads(words), fds


def serve(driver, connection, call, fds):
    os.chdir(call["cwd"])
    os.environ.clear()
    os.environ.update(entry.split("=", 1) for entry in call["env"])
    time.tzset()
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    threading.Thread(target=follow, args=(connection,), daemon=True).start()
    try:
        status = driver.main(call["argv"])
    except SystemExit as end:
        status = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    connection.send(bytes([int(status or 0) & 255]))
    os._exit(0)


def follow(connection):
    """The caller says nothing more; when its end of the connection closes, it was killed."""
    connection.recv(1)
    os._exit(137)


def reap(block):
    try:
        while os.waitpid(-1, 0 if block else os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main(path):
    driver = warmed()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(128)
    gc.collect()
    gc.freeze()
    while True:
        connection, _ = listener.accept()
        call, fds = receive(connection)
        reap(False)
        if call and call["argv"] == ["--wait-for-all"]:
            # Answered when no call is under way any more: after a kill, nothing of the dead can act.
            reap(True)
            connection.send(b"\0")
        elif call and os.fork() == 0:
            serve(driver, connection, call, fds)
        for fd in fds:
            os.close(fd)
        connection.close()


path, sys.argv = sys.argv[1], ["aws"]
main(path)
