// A SPARQL server of tests: Jena's ARQ over a dataset in memory, at the addresses that Fuseki has.
// It is run from its source: java -cp JARS Serves.java PORT
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.DatasetFactory;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.QueryParseException;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.query.TxnType;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.riot.RDFParser;
import org.apache.jena.riot.RiotException;
import org.apache.jena.sparql.core.DatasetDescription;
import org.apache.jena.sparql.core.DynamicDatasets;
import org.apache.jena.system.Txn;
import org.apache.jena.update.UpdateAction;

public class Serves {
    private static final Dataset DATA = DatasetFactory.createTxnMem();

    interface Door {
        byte[] answer(HttpExchange request, byte[] body) throws IOException;
    }

    public static void main(String[] words) throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        HttpServer server = HttpServer.create(new InetSocketAddress(here, Integer.parseInt(words[0])), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        open(server, "/ds/query", Serves::query);
        open(server, "/ds/update", Serves::update);
        open(server, "/ds/data", Serves::load);
        server.start();
    }

    private static void open(HttpServer server, String path, Door door) {
        server.createContext(path, request -> {
            byte[] answer;
            int status = 200;
            try {
                answer = door.answer(request, request.getRequestBody().readAllBytes());
            } catch (QueryParseException | RiotException error) {
                status = 400;
                answer = error.toString().getBytes(StandardCharsets.UTF_8);
            } catch (RuntimeException error) {
                status = 500;
                answer = error.toString().getBytes(StandardCharsets.UTF_8);
            }
            if (status != 200) {
                request.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            }
            request.getResponseHeaders().set("Server", "Jena ARQ");
            request.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
            request.getResponseBody().write(answer);
            request.close();
        });
    }

    private static byte[] query(HttpExchange request, byte[] body) {
        Map<String, List<String>> form = parameters(new String(body, StandardCharsets.UTF_8));
        Query query = QueryFactory.create(form.get("query").get(0));
        List<String> unsaid = List.of();
        List<String> plain = form.getOrDefault("default-graph-uri", unsaid);
        List<String> named = form.getOrDefault("named-graph-uri", unsaid);
        return Txn.calculateRead(DATA, () -> {
            Dataset data = DATA;
            if (!plain.isEmpty() || !named.isEmpty()) {
                DatasetDescription asked = DatasetDescription.create(plain, named);
                data = DynamicDatasets.dynamicDataset(asked, DATA, false);
            }
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            String kind = "application/sparql-results+json";
            try (QueryExecution asked = QueryExecutionFactory.create(query, data)) {
                if (query.isAskType()) {
                    ResultSetFormatter.outputAsJSON(answer, asked.execAsk());
                } else if (query.isSelectType()) {
                    ResultSetFormatter.outputAsJSON(answer, asked.execSelect());
                } else {
                    kind = "application/n-triples";
                    var found = query.isConstructType() ? asked.execConstruct() : asked.execDescribe();
                    RDFDataMgr.write(answer, found, Lang.NTRIPLES);
                }
            }
            request.getResponseHeaders().set("Content-Type", kind);
            return answer.toByteArray();
        });
    }

    private static byte[] update(HttpExchange request, byte[] body) {
        Txn.executeWrite(DATA, () ->
            UpdateAction.parseExecute(new String(body, StandardCharsets.UTF_8), DATA));
        return new byte[0];
    }

    private static byte[] load(HttpExchange request, byte[] body) {
        Map<String, List<String>> asked = parameters(request.getRequestURI().getRawQuery());
        String kind = request.getRequestHeaders().getFirst("Content-Type");
        Lang form = kind.startsWith("application/n-quads") ? Lang.NQUADS : Lang.TURTLE;
        RDFParser parser = RDFParser.source(new java.io.ByteArrayInputStream(body)).lang(form).build();
        Txn.executeWrite(DATA, () -> {
            if (asked.containsKey("graph")) {
                parser.parse(DATA.getNamedModel(asked.get("graph").get(0)));
            } else if (asked.containsKey("default")) {
                parser.parse(DATA.getDefaultModel());
            } else {
                parser.parse(DATA);
            }
        });
        return new byte[0];
    }

    private static Map<String, List<String>> parameters(String text) {
        Map<String, List<String>> found = new TreeMap<>();
        for (String part : text == null ? new String[0] : text.split("&")) {
            String[] sides = part.split("=", 2);
            String value = sides.length > 1 ? URLDecoder.decode(sides[1], StandardCharsets.UTF_8) : "";
            found.computeIfAbsent(sides[0], name -> new ArrayList<>()).add(value);
        }
        return found;
    }
}
