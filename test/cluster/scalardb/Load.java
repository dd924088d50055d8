import com.scalar.db.api.DistributedTransaction;
import com.scalar.db.api.DistributedTransactionManager;
import com.scalar.db.api.Get;
import com.scalar.db.api.Put;
import com.scalar.db.api.Result;
import com.scalar.db.io.Key;
import com.scalar.db.service.TransactionFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that move money between accounts through ScalarDB Servers, over pauses and restarts, until they are ended.
 * Arguments: threads per server, milliseconds that a transaction stays open, ports. Prints a JSON line per server and 100 ms.
 */
public class Load {
  static final int ACCOUNTS = 100;

  record Server(int port, DistributedTransactionManager manager, AtomicLong committed, AtomicLong failed) {}

  public static void main(String[] args) throws Exception {
    int threads = Integer.parseInt(args[0]);
    long openMs = Long.parseLong(args[1]);
    List<Server> servers = new ArrayList<>();
    for (int i = 2; i < args.length; i++) {
      int port = Integer.parseInt(args[i]);
      servers.add(new Server(port, connect(port), new AtomicLong(), new AtomicLong()));
    }
    open(servers.get(0).manager());
    for (Server server : servers) {
      for (int i = 0; i < threads; i++) new Thread(() -> work(server, openMs)).start();
    }
    while (true) {
      Thread.sleep(100);
      for (Server each : servers) {
        System.out.printf("{\"atMs\":%d,\"port\":%d,\"committed\":%d,\"failed\":%d}%n",
            System.currentTimeMillis(), each.port(), each.committed().get(), each.failed().get());
      }
    }
  }

  static DistributedTransactionManager connect(int port) {
    Properties properties = new Properties();
    properties.setProperty("scalar.db.transaction_manager", "grpc");
    properties.setProperty("scalar.db.contact_points", "127.0.0.1");
    properties.setProperty("scalar.db.contact_port", String.valueOf(port));
    return TransactionFactory.create(properties).getTransactionManager();
  }

  static void open(DistributedTransactionManager manager) throws Exception {
    DistributedTransaction transaction = manager.start();
    for (int id = 0; id < ACCOUNTS; id++) {
      transaction.get(get(id));
      transaction.put(put(id, 1000));
    }
    transaction.commit();
  }

  static void work(Server server, long openMs) {
    while (true) {
      try {
        move(server.manager(), openMs);
        server.committed().incrementAndGet();
      } catch (Exception refused) {
        server.failed().incrementAndGet();
        sleep(20);
      }
    }
  }

  static void move(DistributedTransactionManager manager, long openMs) throws Exception {
    int from = ThreadLocalRandom.current().nextInt(ACCOUNTS);
    int to = (from + 1 + ThreadLocalRandom.current().nextInt(ACCOUNTS - 1)) % ACCOUNTS;
    DistributedTransaction transaction = manager.start();
    try {
      int fromBalance = balance(transaction.get(get(from)).get());
      int toBalance = balance(transaction.get(get(to)).get());
      sleep(openMs);
      transaction.put(put(from, fromBalance - 1));
      transaction.put(put(to, toBalance + 1));
      transaction.commit();
    } catch (Exception failed) {
      transaction.abort();
      throw failed;
    }
  }

  static Get get(int id) {
    return Get.newBuilder().namespace("bank").table("account").partitionKey(Key.ofInt("id", id)).build();
  }

  static Put put(int id, int balance) {
    return Put.newBuilder().namespace("bank").table("account").partitionKey(Key.ofInt("id", id)).intValue("balance", balance).build();
  }

  static int balance(Result account) {
    return account.getInt("balance");
  }

  static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }
}
