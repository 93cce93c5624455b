package dev.twofold;

/// A query was given up because too many others were being answered ([QueryInterceptor#limiting]);
/// it can be asked again.
public final class TooManyQueriesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TooManyQueriesException(String message) {
        super(message);
    }
}
