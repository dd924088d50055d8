import com.scalar.db.api.DistributedTransaction;
import com.scalar.db.api.DistributedTransactionManager;
import com.scalar.db.api.Get;
import com.scalar.db.api.Put;
import com.scalar.db.io.Key;
import com.scalar.db.service.TransactionFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that move money between two namespaces, as fast as ScalarDB Servers let them, over pauses, until they are ended: at
 * nearly every moment some rows are half-done. Arguments: threads per server, ports. Prints the commits so far, a line per 100 ms.
 */
public class Transfers {
  static final int ACCOUNTS = 200;
  static final String[] NAMESPACES = {"bank", "savings"};
  static final AtomicLong committed = new AtomicLong();

  public static void main(String[] args) throws Exception {
    List<DistributedTransactionManager> servers = new ArrayList<>();
    for (int i = 1; i < args.length; i++) servers.add(connect(args[i]));
    for (String namespace : NAMESPACES) open(servers.get(0), namespace);
    for (DistributedTransactionManager server : servers) {
      for (int i = 0; i < Integer.parseInt(args[0]); i++) new Thread(() -> work(server)).start();
    }
    while (true) {
      Thread.sleep(100);
      System.out.println(committed.get());
    }
  }

  static DistributedTransactionManager connect(String port) {
    Properties properties = new Properties();
    properties.setProperty("scalar.db.transaction_manager", "grpc");
    properties.setProperty("scalar.db.contact_points", "127.0.0.1");
    properties.setProperty("scalar.db.contact_port", port);
    return TransactionFactory.create(properties).getTransactionManager();
  }

  static void open(DistributedTransactionManager server, String namespace) throws Exception {
    DistributedTransaction transaction = server.start();
    for (int id = 0; id < ACCOUNTS; id++) {
      transaction.get(get(namespace, id));
      transaction.put(put(namespace, id, 1000));
    }
    transaction.commit();
  }

  static void work(DistributedTransactionManager server) {
    while (true) {
      try {
        move(server);
        committed.incrementAndGet();
      } catch (Exception refused) {
        // A conflict, or a pause.
      }
    }
  }

  static void move(DistributedTransactionManager server) throws Exception {
    int from = ThreadLocalRandom.current().nextInt(ACCOUNTS);
    int to = ThreadLocalRandom.current().nextInt(ACCOUNTS);
    int amount = ThreadLocalRandom.current().nextInt(1, 10);
    DistributedTransaction transaction = server.start();
    try {
      int left = balance(transaction, NAMESPACES[0], from) - amount;
      int saved = balance(transaction, NAMESPACES[1], to) + amount;
      transaction.put(put(NAMESPACES[0], from, left));
      transaction.put(put(NAMESPACES[1], to, saved));
      transaction.commit();
    } catch (Exception failed) {
      transaction.abort();
      throw failed;
    }
  }

  static int balance(DistributedTransaction transaction, String namespace, int id) throws Exception {
    return transaction.get(get(namespace, id)).get().getInt("balance");
  }

  static Get get(String namespace, int id) {
    return Get.newBuilder().namespace(namespace).table("account").partitionKey(Key.ofInt("id", id)).build();
  }

  static Put put(String namespace, int id, int balance) {
    return Put.newBuilder().namespace(namespace).table("account").partitionKey(Key.ofInt("id", id)).intValue("balance", balance).build();
  }
}
