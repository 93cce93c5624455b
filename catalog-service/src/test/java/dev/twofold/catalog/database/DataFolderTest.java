package dev.twofold.catalog.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir Path temp;

    @Test
    void tells_a_second_who_holds_it_and_where_that_one_answers() {
        try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder()) {
            folder.publish(URI.create("http://127.0.0.1:8080"));
            InUse inUse = (InUse) DataFolder.claim(temp);
            assertThat(inUse.address()).contains(URI.create("http://127.0.0.1:8080"));
            assertThat(inUse.diagnosis())
                    .contains(temp.toString())
                    .contains("process " + ProcessHandle.current().pid())
                    .contains("http://127.0.0.1:8080")
                    .contains("--data");
        }
        assertThat(DataFolder.claim(temp)).isInstanceOf(Held.class);
    }

    @Test
    void keeps_a_text_under_a_name() {
        try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder()) {
            assertThat(folder.read("note")).isEmpty();
            folder.write("note", "first");
            folder.write("note", "second");
            assertThat(folder.read("note")).contains("second");
        }
    }
}
