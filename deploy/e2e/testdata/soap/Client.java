import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.xml.namespace.QName;
import org.apache.axis.AxisFault;
import org.apache.axis.client.Call;
import org.apache.axis.client.Service;
import org.apache.axis.soap.SOAPConstants;

/** Apache Axis 1.4's dynamic client: see soap_test.go for what is printed and read. */
class Client {
    private interface Caller {
        Call make(QName method) throws Exception;
    }

    private final String key;
    private final Caller caller;
    private final SOAPConstants version;

    private Client(String key, SOAPConstants version, Caller caller) {
        this.key = key;
        this.version = version;
        this.caller = caller;
    }

    private String call(String method, Object... arguments) throws Exception {
        Call call = caller.make(new QName("urn:njadmin-api-recording", method));
        call.setSOAPVersion(version);
        call.setUsername("java");
        call.setPassword(key);
        return (String) call.invoke(arguments);
    }

    public static void main(String[] args) throws Exception {
        String url = args[0], key = args[1], extension = args[2], uniqueid = args[3];
        URL address = new URL(url + "/servicemanager/services/njadmin-api-recording");
        Caller dynamic = method -> {
            Call call = (Call) new Service().createCall();
            call.setTargetEndpointAddress(address);
            call.setOperationName(new QName("http://old.example/recording", method.getLocalPart()));
            return call;
        };
        URL wsdl = new URL(address.toString().replace("://", "://java:" + key + "@") + "?wsdl");
        Service described = new Service(wsdl, new QName("urn:njadmin-api-recording", "RecordingAPIService"));
        QName port = new QName("urn:njadmin-api-recording", "njadmin-api-recording");
        Map<String, Client> clients = new LinkedHashMap<>();
        clients.put("axis-1.1", new Client(key, SOAPConstants.SOAP11_CONSTANTS, dynamic));
        clients.put("axis-wsdl", new Client(key, SOAPConstants.SOAP11_CONSTANTS, method -> (Call) described.createCall(port, method)));
        clients.put("axis-1.2", new Client(key, SOAPConstants.SOAP12_CONSTANTS, dynamic));
        for (Map.Entry<String, Client> each : clients.entrySet()) {
            String name = each.getKey();
            Client client = each.getValue();
            try {
                System.out.println(name + "\tfault\tnone: " + client.call("start", "999", name));
            } catch (AxisFault fault) {
                System.out.println(name + "\tfault\t" + fault.getFaultString());
            }
            System.out.println(name + "\tstart\t" + client.call("start", extension, name));
            Thread.sleep(100);
            System.out.println(name + "\tstop\t" + client.call("stop", extension));
        }
        System.out.println("\trecorded\t");
        System.in.read();
        for (Map.Entry<String, Client> each : clients.entrySet()) {
            Files.writeString(Path.of(each.getKey() + ".retrieve"), each.getValue().call("retrieve", each.getKey(), "fred"));
            Files.writeString(Path.of(each.getKey() + ".retrieveByUniqueId"), each.getValue().call("retrieveByUniqueId", uniqueid, "fred"));
        }
    }
}
