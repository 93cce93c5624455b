package dev.twofold;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class NewEventTest {

    @Test
    void refuses_text_that_has_no_form_in_utf_8() {
        assertThatThrownBy(() -> event("opened", "\"\ud83e\""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the data of an event \"opened\" has half of a surrogate pair, U+D83E, at"
                                + " index 1; cut text between code points");
        assertThatThrownBy(() -> event("\udd8a", "{}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("an event's type has half of a surrogate pair, U+DD8A");
    }

    @Test
    void refuses_data_that_postgresql_cannot_store() {
        assertThatThrownBy(() -> event("opened", "\"\0\""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the data of an event \"opened\" has the character U+0000 at index 1;"
                                + " remove it");
    }

    private static NewEvent event(String type, String data) {
        return new NewEvent(UuidV7.next(), null, type, 1, data, Set.of(), Metadata.none());
    }
}
