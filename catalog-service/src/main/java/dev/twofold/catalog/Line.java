package dev.twofold.catalog;

import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// That a text is what [TextRule#line] asks for; null passes.
@Constraint(validatedBy = Line.Check.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface Line {
    /// The most characters.
    int max();

    String message() default "";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    final class Check implements ConstraintValidator<Line, String> {
        private TextRule rule = TextRule.line(0);

        @Override
        public void initialize(Line line) {
            rule = TextRule.line(line.max());
        }

        @Override
        public boolean isValid(@Nullable String value, ConstraintValidatorContext context) {
            Optional<String> fault = value == null ? Optional.empty() : rule.fault(value);
            if (fault.isPresent()) {
                context.disableDefaultConstraintViolation();
                context.buildConstraintViolationWithTemplate(fault.get()).addConstraintViolation();
            }
            return fault.isEmpty();
        }
    }
}
