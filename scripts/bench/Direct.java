import com.scalar.admin.RequestCoordinator;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** scalar-admin pauses and unpauses servers: the hold in ms, then their loopback ports. Prints what it used as JSON. */
public class Direct {
  public static void main(String[] args) throws Exception {
    List<InetSocketAddress> servers = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      servers.add(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[i])));
    }
    RequestCoordinator coordinator = new RequestCoordinator(servers);
    coordinator.pause(true, 30_000L);
    Thread.sleep(Long.parseLong(args[0]));
    coordinator.unpause();
    System.out.printf("{\"cpuMs\":%d,\"peakMB\":%.1f}%n", cpuMs(), peakMB());
    System.exit(0);
  }

  private static long cpuMs() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1_000_000;
  }

  private static double peakMB() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) return Double.parseDouble(line.replaceAll("\\D", "")) / 1024;
    }
    return Double.NaN;
  }
}
