package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CatchUpMemoryTest {
    private static final int ALL = 1_000;

    private final CatchUpMemory memory = new CatchUpMemory(ALL);
    private final Object one = new Object();
    private final Object other = new Object();

    @Test
    void is_shared_evenly_by_those_that_are_under_way() {
        assertThat(memory.share(one)).isEqualTo(ALL);
        assertThat(memory.share(one)).isEqualTo(ALL);
        assertThat(memory.share(other)).isEqualTo(ALL / 2);
        assertThat(memory.share(one)).isEqualTo(ALL / 2);

        memory.leave(other);
        memory.leave(other);

        assertThat(memory.share(one)).isEqualTo(ALL);
    }

    @Test
    void a_32nd_of_the_heap_is_for_all_of_a_process() {
        CatchUpMemory ofHeap = BatchSize.joined().memory();

        assertThat(BatchSize.joined().memory()).isSameAs(ofHeap);
        assertThat(ofHeap.share(one)).isBetween(1L, Runtime.getRuntime().maxMemory() / 32);
        ofHeap.leave(one);
    }
}
