import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records the call on an extension over REST and saves it. Needs nothing but a JDK, 17 or later:
 * RECORDER_URL=https://recorder.example RECORDER_KEY=… java Record.java EXTENSION TAG [SECONDS]
 */
class Record {
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url = System.getenv("RECORDER_URL");
    private final String key = System.getenv("RECORDER_KEY");

    public static void main(String[] args) throws Exception {
        try {
            new Record().run(args[0], args[1], args.length > 2 ? Long.parseLong(args[2]) : 10);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private void run(String extension, String tag, long seconds) throws IOException, InterruptedException {
        String id = field(start(extension, tag), "id");
        System.out.println("started: recording " + id);
        Thread.sleep(Duration.ofSeconds(seconds).toMillis());
        send("POST", "/v1/recordings/" + id + "/stop", "");
        System.out.println("stopped: recording " + id);
        await(id);
        byte[] audio = send("GET", "/v1/recordings/" + id + "/audio", "");
        Files.write(Path.of(id + ".wav"), audio);
        System.out.println("retrieved: " + id + ".wav, " + audio.length + " bytes");
    }

    /**
     * Once the service has answered, it records. Whoever repeats a request whose answer was lost should send it with the same
     * Idempotency-Key: then it starts nothing twice.
     */
    private String start(String extension, String tag) throws IOException, InterruptedException {
        String body = "{\"channel\": " + quote(extension) + ", \"tag\": " + quote(tag) + "}";
        return new String(send("POST", "/v1/recordings", body, "Idempotency-Key", UUID.randomUUID().toString()));
    }

    /** There is no audio before the call is over and the file is stored. */
    private void await(String id) throws IOException, InterruptedException {
        while (true) {
            String recording = new String(send("GET", "/v1/recordings/" + id, ""));
            String state = field(recording, "state");
            if (state.equals("failed") || state.equals("available") && field(recording, "call_ended_at") != null) {
                return; // for a failed one the audio is refused with the cause
            }
            Thread.sleep(1000);
        }
    }

    /** Returns the body of the answer; a refusal is thrown with the service's own words. */
    private byte[] send(String method, String path, String body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30))
            .header("Authorization", "Bearer " + key);
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<byte[]> response = client.send(request.method(method, BodyPublishers.ofString(body)).build(), BodyHandlers.ofByteArray());
        if (response.statusCode() >= 300) {
            throw new IOException(response.statusCode() + ": " + field(new String(response.body()), "detail"));
        }
        return response.body();
    }

    // The JDK cannot read or write JSON. These two do for this program; take your project's library instead.

    private static String field(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        return found.find() ? found.group(1) : null;
    }

    private static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
