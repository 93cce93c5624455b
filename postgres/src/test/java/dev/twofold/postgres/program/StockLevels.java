package dev.twofold.postgres.program;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.program.unit.Unit;
import org.jspecify.annotations.Nullable;

/// A view whose class files a test changes one at a time: each of the program has a text that says
/// "as before".
public final class StockLevels implements View<Object, StockLevels.Level> {

    /// The document.
    ///
    /// @param shelf of a class that nothing else mentions
    public record Level(String how, @Nullable Shelf shelf) {
        static String described() {
            return "document as before";
        }
    }

    private static final class Count {
        static String described() {
            return "count as before";
        }
    }

    @Override
    public String name() {
        return "stock-level";
    }

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<Level> documentType() {
        return Level.class;
    }

    @Override
    public Keys keys(Object event) {
        return Keys.of("all");
    }

    @Override
    public Level fold(
            String key, @Nullable Level level, Recorded<Object> event, View.Lookup lookup) {
        return new Level(
                "fold as before, "
                        + Count.described()
                        + Rounding.described()
                        + Level.described()
                        + Unit.described(),
                null);
    }
}
