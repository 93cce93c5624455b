package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class UuidV7Test {
    private final List<UUID> ids = Stream.generate(UuidV7::next).limit(10_000).toList();

    @Test
    void makes_ids_of_version_7_in_the_variant_of_the_rfc() {
        assertThat(ids)
                .allSatisfy(
                        id -> {
                            assertThat(id.version()).isEqualTo(7);
                            assertThat(id.variant()).isEqualTo(2);
                        });
    }

    @Test
    void makes_no_id_twice() {
        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void begins_with_the_time_in_milliseconds() {
        long before = System.currentTimeMillis();
        long time = UuidV7.next().getMostSignificantBits() >>> 16;
        long after = System.currentTimeMillis();

        assertThat(time).isBetween(before, after);
    }
}
