package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Query;
import dev.twofold.postgres.AppendCall.Answer;
import dev.twofold.postgres.AppendCall.Decided;
import dev.twofold.postgres.AppendCall.Deferred;
import dev.twofold.postgres.Logs.SmallWorld;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The database function that appends, called as the writer calls it.
class AppendEventsTest {
    private final TestPostgres.Database database = Logs.empty();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_batch_does_what_its_appends_do_one_after_another(long seed) throws SQLException {
        Random random = new Random(seed);
        SmallWorld world = new SmallWorld(random);
        InMemoryEventStore model = new InMemoryEventStore(Clock.systemUTC());
        List<Append> earlier = new ArrayList<>();
        try (Connection connection = database.dataSource().getConnection();
                AppendCall call = new AppendCall(connection)) {
            for (int round = 0; round < 40; round++) {
                List<Append> batch = new ArrayList<>();
                for (int i = random.nextInt(1, 30); i > 0; i--) {
                    batch.add(world.append(model, earlier));
                }
                earlier.addAll(batch);
                while (!batch.isEmpty()) {
                    batch =
                            deferred(
                                    batch, call, model, "seed %d, round %d".formatted(seed, round));
                }
            }
            assertThat(EventReads.read(connection, Query.all(), 0, 100_000))
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("recordedAt")
                    .isEqualTo(model.read(Query.all(), 0, 100_000));
        }
    }

    /// Sends the batch, asks the model for the same, and returns what is to be sent again.
    private static List<Append> deferred(
            List<Append> batch, AppendCall call, InMemoryEventStore model, String where)
            throws SQLException {
        List<Answer> answers = call.execute(batch);
        assertThat(answers.getFirst()).as(where).isNotInstanceOf(Deferred.class);
        List<Append> deferred = new ArrayList<>();
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            if (answers.get(i) instanceof Deferred) {
                deferred.add(batch.get(i));
            } else if (answers.get(i) instanceof Decided(Appended(long first, _))
                    && first > model.head()) {
                taken.add(i);
            } else {
                compare(batch.get(i), answers.get(i), model, where);
            }
        }
        taken.forEach(i -> compare(batch.get(i), answers.get(i), model, where));
        return deferred;
    }

    private static void compare(
            Append append, Answer answer, InMemoryEventStore model, String where) {
        Object expected = result(model, () -> model.append(append));
        assertThat(result(model, answer::outcome)).as(where).isEqualTo(expected);
    }

    /// An outcome, or the exception in its place; of a conflict, whether an event is in the way.
    private static Object result(InMemoryEventStore model, Supplier<AppendOutcome> append) {
        try {
            AppendOutcome outcome = append.get();
            return outcome instanceof Conflict(NoneMatching condition, long position)
                    ? new Refusal(condition, matches(model, condition, position))
                    : outcome;
        } catch (IllegalArgumentException e) {
            return e.toString();
        }
    }

    private static boolean matches(
            InMemoryEventStore model, NoneMatching condition, long position) {
        return position > condition.after()
                && model.read(condition.query(), position - 1, 1).getFirst().position() == position;
    }

    private record Refusal(NoneMatching condition, boolean matches) {}
}
