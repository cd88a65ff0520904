import java.io.File;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

/**
 * Sets the number that the next sequential child of a znode gets, in the data of a server that is stopped.
 * Arguments: data folder, path, number. Run from source: java PresetSequence.java ...
 */
public class PresetSequence {
    public static void main(String[] args) throws Exception {
        File folder = new File(args[0]);
        FileTxnSnapLog store = new FileTxnSnapLog(folder, folder);
        DataTree tree = new DataTree();
        ConcurrentHashMap<Long, Integer> sessions = new ConcurrentHashMap<>();
        long zxid = store.restore(tree, sessions, (header, record, digest) -> { });
        tree.setCversionPzxid(args[1], Integer.parseInt(args[2]), zxid);
        store.save(tree, sessions, true);
        store.close();
    }
}
