package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.UuidV7;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AppendQueueTest {
    private final AppendQueue queue = new AppendQueue(3, 100);

    @Test
    void holds_so_many_appends_and_no_more() {
        assertThat(queue.offer(append(2))).isTrue();
        assertThat(queue.offer(append(2))).isTrue();
        assertThat(queue.offer(append(2))).isTrue();
        assertThat(queue.offer(append(2))).isFalse();
        assertThat(queue.take(1, 1_000)).hasSize(1);
        assertThat(queue.offer(append(2))).isTrue();
    }

    @Test
    void holds_so_many_characters_and_no_more() {
        PendingAppend givenUp = append(40);
        assertThat(queue.offer(append(60))).isTrue();
        assertThat(queue.offer(append(41))).isFalse();
        assertThat(queue.offer(givenUp)).isTrue();
        assertThat(queue.offer(append(2))).isFalse();

        assertThat(queue.remove(givenUp)).isTrue();
        assertThat(queue.offer(append(40))).isTrue();
        assertThat(queue.take(1, 1_000)).hasSize(1);
        assertThat(queue.offer(append(60))).isTrue();
    }

    @Test
    void takes_one_append_alone_however_long() {
        assertThat(queue.offer(append(5_000))).isTrue();
        assertThat(queue.offer(append(2))).isFalse();
        assertThat(queue.take(10, 100)).hasSize(1);
        assertThat(queue.offer(append(2))).isTrue();
    }

    private static PendingAppend append(int characters) {
        String data = "\"%s\"".formatted("x".repeat(characters - 2));
        return new PendingAppend(
                Append.of(
                        List.of(
                                new NewEvent(
                                        UuidV7.next(),
                                        null,
                                        "type",
                                        1,
                                        data,
                                        Set.of(),
                                        Metadata.none()))));
    }
}
