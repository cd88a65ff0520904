import java.io.File;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

/**
 * Sets the numbers that the next sequential children of znodes get, in the data of a server that is stopped.
 * Arguments: data folder, then path and number, as often as needed. Run from source: java PresetSequence.java ...
 */
public class PresetSequence {
    public static void main(String[] args) throws Exception {
        File folder = new File(args[0]);
        FileTxnSnapLog store = new FileTxnSnapLog(folder, folder);
        DataTree tree = new DataTree();
        ConcurrentHashMap<Long, Integer> sessions = new ConcurrentHashMap<>();
        long zxid = store.restore(tree, sessions, (header, record, digest) -> { });
        for (int i = 1; i < args.length; i += 2)
            tree.setCversionPzxid(args[i], Integer.parseInt(args[i + 1]), zxid);
        store.save(tree, sessions, true);
        store.close();
    }
}
