package dev.twofold.spring;

import dev.twofold.Metadata;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Validator;
import java.util.Set;
import java.util.function.BiConsumer;

/// Checks commands or queries against their Jakarta Validation constraints; for
/// `Interceptor.checking` and `QueryInterceptor.checking`.
///
/// Safe for use by many threads.
public final class Validation implements BiConsumer<Object, Metadata> {
    private final Validator validator;

    public Validation(Validator validator) {
        this.validator = validator;
    }

    /// @throws ConstraintViolationException if a constraint does not hold; it lists all of them
    @Override
    public void accept(Object message, Metadata metadata) {
        Set<ConstraintViolation<Object>> violations = validator.validate(message);
        if (!violations.isEmpty()) {
            throw new ConstraintViolationException(violations);
        }
    }
}
