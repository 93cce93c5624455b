package dev.twofold.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.CommandBus;
import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.junit.jupiter.api.Test;

class InterceptorsTest {
    private final List<Order> handled = new ArrayList<>();

    record Order(@NotBlank String item, @Positive int count) {}

    private CommandOutcome<String, String> handle(Order order, Metadata metadata) {
        handled.add(order);
        return switch (order.item()) {
            case "moon" -> new Refused<>("not for sale", 7);
            case "broken" -> throw new IllegalStateException("out of paper");
            default -> new Accepted<>("ordered", 8, 1);
        };
    }

    @Test
    void an_invalid_command_goes_no_further_and_each_violation_is_named() {
        try (ValidatorFactory factory =
                jakarta.validation.Validation.byDefaultProvider()
                        .configure()
                        .messageInterpolator(new ParameterMessageInterpolator())
                        .buildValidatorFactory()) {
            CommandHandler<Order, String, String> handler =
                    around(Interceptor.checking(new Validation(factory.getValidator())));

            assertThatThrownBy(() -> handler.handle(new Order(" ", 0), Metadata.none()))
                    .isInstanceOf(ConstraintViolationException.class)
                    .hasMessageContaining("item: must not be blank")
                    .hasMessageContaining("count: must be greater than 0");
            assertThat(handled).isEmpty();

            assertThat(handler.handle(new Order("pen", 1), Metadata.none()))
                    .isEqualTo(new Accepted<>("ordered", 8, 1));
        }
    }

    @Test
    void each_command_is_observed_by_its_name_and_outcome() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        CommandHandler<Order, String, String> handler = around(new CommandObservation(registry));

        handler.handle(new Order("pen", 1), Metadata.none());
        handler.handle(new Order("moon", 1), Metadata.none());
        assertThatThrownBy(() -> handler.handle(new Order("broken", 1), Metadata.none()))
                .hasMessage("out of paper");

        assertObserved(registry, "accepted");
        assertObserved(registry, "refused");
        assertObserved(registry, "error");
    }

    private static void assertObserved(TestObservationRegistry registry, String outcome) {
        TestObservationRegistryAssert.assertThat(registry)
                .hasAnObservationWithAKeyValue("outcome", outcome)
                .hasAnObservationWithAKeyValue("command", "Order");
    }

    private CommandHandler<Order, String, String> around(Interceptor interceptor) {
        return CommandBus.builder(interceptor).register(Order.class, this::handle);
    }
}
