package dev.twofold.catalog;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A catalog for one test class, on a database of its own, whose log it may spoil.
public final class OwnCatalog implements AutoCloseable {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonMapper JSON = new JsonMapper();

    private final TestPostgres.Database database = TestPostgres.database();
    private final DataFolder folder;
    private final RunningCatalog catalog;

    public OwnCatalog(Path data) {
        this(data, Map.of());
    }

    /// With a setting.
    public OwnCatalog(Path data, String name, String value) {
        this(data, Map.of(name, value));
    }

    /// With settings.
    public OwnCatalog(Path data, Map<String, String> properties) {
        folder = ((Held) DataFolder.claim(data)).folder();
        catalog =
                RunningCatalog.start(
                        folder, Settings.local(0).on(database.url()).with(properties), line -> {});
    }

    public URI address() {
        return catalog.address();
    }

    /// One of the parts that it is made of.
    <T> T part(Class<T> type) {
        return catalog.part(type);
    }

    /// The last position of its log.
    public long head() {
        return catalog.part(PostgresEventStore.class).head();
    }

    /// The consistency token of a position.
    public String token(long position) {
        return catalog.part(LogEpoch.class).token(position).toString();
    }

    public HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address().resolve(path))
                        .header("Prefer", "wait=20")
                        .method(method, BodyPublishers.ofString(body));
        return CLIENT.send(
                (body.isEmpty() ? request : request.header("Content-Type", "application/json"))
                        .build(),
                BodyHandlers.ofString());
    }

    public JsonNode json(String method, String path, String body)
            throws IOException, InterruptedException {
        return JSON.readTree(send(method, path, body).body());
    }

    /// Creates a product and waits until its page is there.
    public void create(String id) throws IOException, InterruptedException {
        HttpResponse<String> created =
                send(
                        "POST",
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "Name of %s", "price": 1, "currency": "EUR"}
                        """
                                .formatted(id, id, id));
        String token = created.headers().firstValue("Consistency-Token").orElseThrow();
        HttpResponse<String> page =
                CLIENT.send(
                        HttpRequest.newBuilder(address().resolve("/products/" + id))
                                .header("Consistency-Token", token)
                                .header("Prefer", "wait=20")
                                .build(),
                        BodyHandlers.ofString());
        if (page.statusCode() != 200) {
            throw new AssertionError("no page of " + id + ": " + page.body());
        }
    }

    /// Records the renaming of a product that was never created, which no page can take in; its
    /// position.
    public long poison(String product) {
        return rename(product, "Ghost", 1);
    }

    /// Records that a product was renamed so many times, whatever its rules say; the last position.
    public long rename(String product, String name, int times) {
        List<NewEvent> events = new ArrayList<>();
        for (int time = 0; time < times; time++) {
            events.add(renamed(product, name));
        }
        return append(events);
    }

    /// Records the renaming of a product as a newer version of the program would, in a revision
    /// that this one does not know; its position.
    public long renameInNewerRevision(String product) {
        NewEvent known = renamed(product, "Newer");
        return append(
                List.of(
                        new NewEvent(
                                known.id(),
                                known.stream(),
                                known.type(),
                                99,
                                "{\"names\": {\"en\": \"Newer\"}}",
                                known.tags(),
                                known.metadata())));
    }

    private static NewEvent renamed(String product, String name) {
        EventTypes<CatalogEvent> types = CatalogEvents.types(new JacksonCodec());
        return types.encode(new ProductRenamed(product, name), Metadata.none());
    }

    private long append(List<NewEvent> events) {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            return ((Appended) store.append(Append.of(events))).lastPosition();
        }
    }

    /// Puts the creation of a product in the place of an event that no page can take in.
    public void mend(long position, String product) throws SQLException {
        ProductDetails details = ProductDetails.of("Name", Money.of("1", "EUR"), 0);
        NewEvent creation =
                CatalogEvents.types(new JacksonCodec())
                        .encode(
                                new ProductCreated(product, "SKU-" + product, details),
                                Metadata.none());
        execute(
                "UPDATE twofold.event SET type = '%s', data = '%s' WHERE position = %d"
                        .formatted(creation.type(), creation.data(), position));
    }

    public void execute(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() {
        catalog.close();
        folder.close();
    }
}
