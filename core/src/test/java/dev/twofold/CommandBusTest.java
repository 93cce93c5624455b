package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.CommandOutcome.Accepted;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandBusTest {
    private final List<String> calls = new ArrayList<>();

    sealed interface CartCommand {}

    record Add(String item) implements CartCommand {}

    record Clear() implements CartCommand {}

    record Pay(int cents) {}

    @Test
    void takes_each_command_of_a_family_to_its_handler_through_the_interceptors() {
        CommandBus.Builder builder = CommandBus.builder(noting("outer"), noting("inner"));
        builder.register(CartCommand.class, handler("cart"));
        builder.register(Pay.class, handler("till"));
        CommandBus bus = builder.build();

        bus.send(new Add("pear"), Metadata.none());
        assertThat(calls).containsExactly("outer", "inner", "cart Add[item=pear]");
        calls.clear();
        bus.send(new Clear(), Metadata.none());
        assertThat(calls).containsExactly("outer", "inner", "cart Clear[]");
        calls.clear();
        bus.send(new Pay(5), Metadata.none());
        assertThat(calls).containsExactly("outer", "inner", "till Pay[cents=5]");
    }

    @Test
    void gives_back_the_handler_with_the_interceptors_around_it() {
        CommandHandler<CartCommand, String, String> handler =
                CommandBus.builder(noting("outer")).register(CartCommand.class, handler("cart"));

        assertThat(handler.handle(new Clear(), Metadata.none()))
                .isEqualTo(new Accepted<>("cart", 1, 1));
        assertThat(calls).containsExactly("outer", "cart Clear[]");
    }

    @Test
    void names_the_commands_it_knows_when_there_is_no_handler() {
        CommandBus.Builder builder = CommandBus.builder();
        builder.register(CartCommand.class, handler("cart"));

        assertThatThrownBy(() -> builder.build().send(new Pay(5), Metadata.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "no handler is registered for %s, only for [Add, Clear]",
                        Pay.class.getName());
    }

    @Test
    void refuses_a_second_handler_for_a_command() {
        CommandBus.Builder builder = CommandBus.builder();
        builder.register(CartCommand.class, handler("cart"));

        assertThatThrownBy(() -> builder.register(Add.class, handler("other")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("%s has a handler already", Add.class.getName());
    }

    private <C> CommandHandler<C, String, String> handler(String name) {
        return (command, _) -> {
            calls.add(name + " " + command);
            return new Accepted<>(name, 1, 1);
        };
    }

    private Interceptor noting(String name) {
        return new Interceptor() {
            @Override
            public <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next) {
                return (command, metadata) -> {
                    calls.add(name);
                    return next.handle(command, metadata);
                };
            }
        };
    }
}
