package dev.twofold.catalog;

import dev.twofold.Metadata;
import java.util.function.BiConsumer;

/// Lets commands through, or none on a catalog that is for reading only.
public final class CommandAuthorization implements BiConsumer<Object, Metadata> {
    private final boolean readOnly;

    public CommandAuthorization(boolean readOnly) {
        this.readOnly = readOnly;
    }

    /// @throws CommandNotAllowedException if the command may not be sent
    @Override
    public void accept(Object command, Metadata metadata) {
        if (readOnly) {
            throw new CommandNotAllowedException(command.getClass().getSimpleName());
        }
    }
}
