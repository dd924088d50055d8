import com.scalar.db.api.DistributedTransaction;
import com.scalar.db.api.DistributedTransactionManager;
import com.scalar.db.api.Get;
import com.scalar.db.api.Put;
import com.scalar.db.api.Result;
import com.scalar.db.io.Key;
import com.scalar.db.rpc.DistributedTransactionGrpc;
import com.scalar.db.rpc.TransactionRequest;
import com.scalar.db.rpc.TransactionResponse;
import com.scalar.db.service.TransactionFactory;
import io.grpc.Channel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that move money between accounts through ScalarDB Servers, over pauses and restarts, until they are ended.
 * Arguments: threads per server, milliseconds that a transaction stays open, the same for one more transaction per server that is
 * begun before all others (0: none), ports. Beside them transactions are begun again and again, to count those that meet a
 * paused server. Prints a JSON line per server and 100 ms.
 */
public class Load {
  static final int ACCOUNTS = 100;

  record Server(int port, DistributedTransactionManager manager, AtomicLong committed, AtomicLong failed, AtomicLong rejected) {}

  public static void main(String[] args) throws Exception {
    int threads = Integer.parseInt(args[0]);
    long openMs = Long.parseLong(args[1]);
    long heldMs = Long.parseLong(args[2]);
    List<Server> servers = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      int port = Integer.parseInt(args[i]);
      servers.add(new Server(port, connect(port), new AtomicLong(), new AtomicLong(), new AtomicLong()));
    }
    open(servers.get(0).manager());
    for (Server server : servers) {
      if (heldMs > 0) hold(server.manager(), heldMs);
      for (int i = 0; i < threads; i++) new Thread(() -> work(server, openMs)).start();
      new Thread(() -> knock(server)).start();
    }
    while (true) {
      Thread.sleep(100);
      for (Server each : servers) {
        System.out.printf("{\"atMs\":%d,\"port\":%d,\"committed\":%d,\"failed\":%d,\"rejected\":%d}%n",
            System.currentTimeMillis(), each.port(), each.committed().get(), each.failed().get(), each.rejected().get());
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

  /** Begins a transaction and does the rest of it so much later. */
  static void hold(DistributedTransactionManager manager, long heldMs) throws Exception {
    DistributedTransaction transaction = manager.start();
    transaction.get(get(0));
    Thread rest = new Thread(() -> {
      sleep(heldMs);
      try {
        transaction.commit();
      } catch (Exception late) {
        // It has written nothing.
      }
    });
    rest.start();
  }

  /** Begins transactions without the patience of the client library, which tries again for minutes. */
  static void knock(Server server) {
    Channel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    while (true) {
      if (isPaused(begin(channel))) server.rejected().incrementAndGet();
      sleep(20);
    }
  }

  static boolean isPaused(Status refusal) {
    return refusal.getCode() == Status.Code.UNAVAILABLE && String.valueOf(refusal.getDescription()).contains("paused");
  }

  /** Begins a transaction and ends it at once. Returns why it was refused, OK if it was not. */
  static Status begin(Channel channel) {
    CompletableFuture<Status> answer = new CompletableFuture<>();
    StreamObserver<TransactionRequest> transaction = DistributedTransactionGrpc.newStub(channel).transaction(new StreamObserver<>() {
      @Override
      public void onNext(TransactionResponse begun) {
        answer.complete(Status.OK);
      }

      @Override
      public void onError(Throwable refusal) {
        answer.complete(Status.fromThrowable(refusal));
      }

      @Override
      public void onCompleted() {
        answer.complete(Status.OK);
      }
    });
    transaction.onNext(TransactionRequest.newBuilder().setBeginRequest(TransactionRequest.BeginRequest.getDefaultInstance()).build());
    Status status = answer.join();
    if (status.isOk()) {
      transaction.onNext(TransactionRequest.newBuilder().setRollbackRequest(TransactionRequest.RollbackRequest.getDefaultInstance()).build());
      transaction.onCompleted();
    }
    return status;
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
