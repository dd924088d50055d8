import com.scalar.db.api.DistributedTransaction;
import com.scalar.db.api.DistributedTransactionManager;
import com.scalar.db.api.Result;
import com.scalar.db.api.Scan;
import com.scalar.db.api.Scanner;
import com.scalar.db.api.TransactionState;
import com.scalar.db.service.StorageFactory;
import com.scalar.db.service.TransactionFactory;
import java.io.FileInputStream;
import java.util.Properties;

/**
 * What the load left in the database: the money of all accounts, read in one transaction, and how many transactions the
 * coordinator knows as committed. Argument: the database's properties file. Prints one JSON line.
 */
public class Books {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.load(new FileInputStream(args[0]));
    properties.setProperty("scalar.db.cross_partition_scan.enabled", "true");
    System.out.printf("{\"money\":%d,\"committed\":%d}%n", money(properties), committed(properties));
    System.exit(0);
  }

  static long money(Properties properties) throws Exception {
    DistributedTransactionManager manager = TransactionFactory.create(properties).getTransactionManager();
    for (int attempt = 1; ; attempt++) {
      DistributedTransaction transaction = manager.start();
      try {
        long sum = 0;
        for (Result account : transaction.scan(all("bank", "account"))) sum += account.getInt("balance");
        transaction.commit();
        return sum;
      } catch (Exception unfinished) {
        // What a client left in the middle, ScalarDB repairs only when it is some seconds old.
        transaction.abort();
        if (attempt == 40) throw unfinished;
        Thread.sleep(500);
      }
    }
  }

  static long committed(Properties properties) throws Exception {
    long count = 0;
    try (Scanner states = StorageFactory.create(properties).getStorage().scan(all("coordinator", "state"))) {
      for (Result state : states) {
        if (state.getInt("tx_state") == TransactionState.COMMITTED.get()) count++;
      }
    }
    return count;
  }

  static Scan all(String namespace, String table) {
    return Scan.newBuilder().namespace(namespace).table(table).all().build();
  }
}
