package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.Decision;
import dev.twofold.DecisionModel;
import dev.twofold.DecisionModel.Facts;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Projection;
import dev.twofold.Query;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.Race;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Invoices are numbered without a gap (<https://dcb.events/examples/invoice-number/>).
class InvoiceNumberTest {

    record InvoiceIssued(int number, String customer) {}

    record Issue(String customer) {}

    private static DecisionModel<InvoiceIssued, String> issue(Issue command) {
        var last =
                Projection.<Integer, InvoiceIssued>of(0)
                        .on(InvoiceIssued.class, (_, event) -> event.number())
                        .cachedAs("last-number");
        return new DecisionModel<>(
                List.of(last),
                facts ->
                        Decision.accept(new InvoiceIssued(facts.of(last) + 1, command.customer())));
    }

    private final EventTypes<InvoiceIssued> types =
            EventTypes.builder(InvoiceIssued.class, new JacksonCodec())
                    .event("invoice-issued", 1, InvoiceIssued.class)
                    .build();
    private final PostgresEventStore store = new PostgresEventStore(Logs.empty().dataSource());
    private final CommandHandler<Issue, Facts, String> handler =
            DecisionModel.handler(
                    store, types, InvoiceNumberTest::issue, new ConcurrentHashMap<>());

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void numbers_invoices_from_1() {
        issueFor("ann");
        issueFor("bob");

        assertThat(invoices())
                .containsExactly(new InvoiceIssued(1, "ann"), new InvoiceIssued(2, "bob"));
    }

    @Test
    void leaves_no_gap_and_gives_no_number_twice_however_many_come_at_once() throws Exception {
        Race.run(
                4,
                i -> {
                    for (int done = 0; done < 5; ) {
                        if (issueFor("customer " + i) instanceof Accepted) {
                            done++;
                        }
                    }
                    return i;
                });

        assertThat(invoices())
                .extracting(InvoiceIssued::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
    }

    private CommandOutcome<Facts, String> issueFor(String customer) {
        return handler.handle(new Issue(customer), Metadata.none());
    }

    private List<InvoiceIssued> invoices() {
        return store.read(Query.all(), 0, 100).stream()
                .flatMap(event -> types.decode(event).stream())
                .toList();
    }
}
