// Runs Neo4j Community in the foreground: folder, Bolt port. Ends when its standard input does.
import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

public class Launcher {
  public static void main(String[] arguments) throws Exception {
    var address = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
    var service =
        new DatabaseManagementServiceBuilder(Path.of(arguments[0]))
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, address)
            .setConfig(HttpConnector.enabled, false)
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(GraphDatabaseSettings.udc_enabled, false)
            .build();
    Runtime.getRuntime().addShutdownHook(new Thread(service::shutdown));
    while (System.in.read() >= 0) {}
    System.exit(0);
  }
}
