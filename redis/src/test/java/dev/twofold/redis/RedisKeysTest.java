package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.redis.RedisKeys.Document;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.Test;

class RedisKeysTest {
    private final RedisKeys keys = new RedisKeys("shop", 16);

    @Test
    void a_document_is_on_the_node_of_its_mark_and_of_every_generation() {
        for (int i = 0; i < 1_000; i++) {
            String key = "key:{%d}".formatted(i);
            int slot = SlotHash.getSlot(keys.mark(1, keys.bucket(key)));
            assertThat(SlotHash.getSlot(keys.document(1, key))).isEqualTo(slot);
            assertThat(SlotHash.getSlot(keys.lease(1, key))).isEqualTo(slot);
            assertThat(SlotHash.getSlot(keys.document(2, key))).isEqualTo(slot);
        }
    }

    @Test
    void a_name_tells_its_document() {
        for (String key : new String[] {"", "a", "a:b", "}:1:{x}", "é"}) {
            assertThat(keys.parse(keys.document(7, key))).isEqualTo(new Document(7, key));
        }
    }

    @Test
    void other_names_tell_none() {
        for (String name :
                new String[] {
                    "", "shop:d:", "shop:d:{1}:x:y", keys.mark(1, 0), keys.lease(1, "a"), "shop:d:{"
                }) {
            assertThat(keys.parse(name)).isNull();
        }
    }
}
