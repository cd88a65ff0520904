import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.retry.RetryOneTime;

/**
 * Candidates on Curator's LeaderLatch, each on a client of its own, measured by this process's own clock. Every line on
 * stdin is a command, answered by one line on stdout whose fields are separated by tabs:
 *   join N PATH   puts N in line; how long until each had its znode, in ms
 *   handover N P  so many leaders close, P ms apart; how long from each one's close() to the next one's isLeader(), in ms
 *   leave         all of them close
 * and for a line that another process has a part of, instants of the machine's monotonic clock in ms:
 *   enter N PATH  puts N in line behind all others
 *   led           since when the first of ours leads, when it does
 *   go            the first of ours closes; when it did
 * Ends with stdin.
 */
public class Latch {
  private static final int SESSION_TIMEOUT_MS = 30_000;
  private static final int AT_ONCE = 32;
  private static final int LEAVING_AT_ONCE = 1_000;
  private static final long PATIENCE_S = 60;
  /** After it has gone: an answer before the next one leads would take some of its processor. */
  private static final long QUIET_MS = 20;

  private static class Candidate {
    private final CuratorFramework client;
    private final String path;
    private LeaderLatch latch;
    private CountDownLatch leads;
    private volatile long since;

    Candidate(String server, String path) throws Exception {
      this.path = path;
      client = CuratorFrameworkFactory.newClient(server, SESSION_TIMEOUT_MS, 15_000, new RetryOneTime(100));
      client.start();
      stand();
    }

    /** Returns when it has a znode: a moment before it watches the one ahead. */
    final void stand() throws Exception {
      CountDownLatch led = new CountDownLatch(1);
      leads = led;
      latch = new LeaderLatch(client, path, "candidate");
      latch.addListener(new LeaderLatchListener() {
        @Override
        public void isLeader() {
          since = System.nanoTime();
          led.countDown();
        }

        @Override
        public void notLeader() {}
      });
      latch.start();
      long late = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
      while (latch.getOurPath() == null) {
        if (System.nanoTime() > late) throw new TimeoutException("no znode");
        TimeUnit.MICROSECONDS.sleep(200);
      }
    }

    String place() {
      return latch.getOurPath().substring(latch.getOurPath().length() - 10);
    }

    void awaitLeadership() throws Exception {
      if (!leads.await(PATIENCE_S, TimeUnit.SECONDS)) throw new TimeoutException("does not lead");
    }
  }

  private interface Act<T> {
    T of(int index) throws Exception;
  }

  private static <T> List<T> atOnce(int from, int to, Act<T> act) throws Exception {
    return atOnce(from, to, AT_ONCE, act);
  }

  private static <T> List<T> atOnce(int from, int to, int many, Act<T> act) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(many);
    List<Future<T>> futures = new ArrayList<>();
    for (int i = from; i < to; i++) {
      int index = i;
      futures.add(pool.submit(() -> act.of(index)));
    }
    List<T> done = new ArrayList<>();
    for (Future<T> future : futures) done.add(future.get());
    pool.shutdown();
    return done;
  }

  private static long join(String server, int count, String path, List<Candidate> line) throws Exception {
    long began = System.nanoTime();
    line.add(new Candidate(server, path));
    line.addAll(atOnce(1, count, i -> new Candidate(server, path)));
    long took = System.nanoTime() - began;
    line.sort(Comparator.comparing(Candidate::place));
    return took;
  }

  private static long handOver(List<Candidate> line, long pauseMs) throws Exception {
    Candidate leader = line.remove(0);
    Candidate next = line.get(0);
    leader.awaitLeadership();
    Thread.sleep(pauseMs);
    long began = System.nanoTime();
    leader.latch.close();
    next.awaitLeadership();
    leader.stand();
    line.add(leader);
    return next.since - began;
  }

  private static List<Candidate> enter(String server, int count, String path, List<Candidate> spare) throws Exception {
    if (spare.isEmpty()) return atOnce(0, count, i -> new Candidate(server, path));
    Candidate again = spare.remove(0);
    again.stand();
    return List.of(again);
  }

  private static long led(Candidate first) throws Exception {
    first.awaitLeadership();
    return first.since;
  }

  private static long go(Candidate first) throws Exception {
    first.awaitLeadership();
    long began = System.nanoTime();
    first.latch.close();
    Thread.sleep(QUIET_MS);
    return began;
  }

  /** From the back, so that nobody leads on the way; a client takes seconds to close. */
  private static void leave(List<Candidate> line) throws Exception {
    int last = line.size() - 1;
    atOnce(0, line.size(), LEAVING_AT_ONCE, i -> {
      line.get(last - i).latch.close();
      line.get(last - i).client.close();
      return i;
    });
    line.clear();
  }

  private static List<Long> answer(String server, String[] command, List<Candidate> line, List<Candidate> spare)
      throws Exception {
    List<Long> took = new ArrayList<>();
    if (command[0].equals("join")) took.add(join(server, Integer.parseInt(command[1]), command[2], line));
    else if (command[0].equals("handover"))
      for (int i = Integer.parseInt(command[1]); i > 0; i--) took.add(handOver(line, Long.parseLong(command[2])));
    else if (command[0].equals("enter")) line.addAll(enter(server, Integer.parseInt(command[1]), command[2], spare));
    else if (command[0].equals("led")) took.add(led(line.get(0)));
    else if (command[0].equals("go")) {
      spare.add(line.remove(0));
      took.add(go(spare.get(spare.size() - 1)));
    } else if (command[0].equals("leave")) {
      leave(line);
      spare.forEach(one -> one.client.close());
      spare.clear();
    }
    else throw new IllegalArgumentException(command[0]);
    return took;
  }

  public static void main(String[] args) throws Exception {
    List<Candidate> line = new ArrayList<>();
    List<Candidate> spare = new ArrayList<>();
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("ready");
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      System.out.println(answer(args[0], command.split(" "), line, spare).stream()
          .map(nanos -> String.format(java.util.Locale.ROOT, "%.4f", nanos / 1e6)).collect(Collectors.joining("\t")));
    }
    System.exit(0);
  }
}
