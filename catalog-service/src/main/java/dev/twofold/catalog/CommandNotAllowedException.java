package dev.twofold.catalog;

/// A command may not be sent to this catalog; nothing was done.
public final class CommandNotAllowedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandNotAllowedException(String command) {
        super(
                ("%s was not done: this catalog was started with --read-only; send it to one that"
                                + " was not")
                        .formatted(command));
    }
}
