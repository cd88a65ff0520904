import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.retry.RetryOneTime;

/**
 * Candidates on Curator's LeaderLatch, as a Java service has them. Every line on stdin is a command (foreigner.ts lists
 * them); it is answered by one line on stdout, whose fields are separated by tabs. Ends with stdin.
 */
public class Participant {
  private static final Map<String, LeaderLatch> latches = new LinkedHashMap<>();

  public static void main(String[] args) throws Exception {
    try (CuratorFramework client = CuratorFrameworkFactory.newClient(args[0], 10_000, 5_000, new RetryOneTime(100))) {
      client.start();
      BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
      System.out.println("ready");
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        System.out.println(answer(client, args[1], line.split(" ", 2)));
      }
      for (LeaderLatch latch : latches.values()) latch.close();
    }
  }

  private static String answer(CuratorFramework client, String path, String[] command) throws Exception {
    switch (command[0]) {
      case "stand":
        LeaderLatch latch = new LeaderLatch(client, path, command[1]);
        latches.put(command[1], latch);
        latch.start();
        return "";
      case "leave":
        latches.remove(command[1]).close();
        return "";
      case "leaders":
        return latches.values().stream().filter(LeaderLatch::hasLeadership).map(LeaderLatch::getId)
            .collect(Collectors.joining("\t"));
      case "line":
        return new LeaderLatch(client, path).getParticipants().stream().map(one -> one.getId())
            .collect(Collectors.joining("\t"));
      default:
        throw new IllegalArgumentException(command[0]);
    }
  }
}
