package dev.twofold.spring;

import dev.twofold.CommandBus;
import dev.twofold.CommandHandler;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;

/// The command handlers among the beans of an application, each for the commands that its declared
/// type names.
record HandlerBeans(ConfigurableListableBeanFactory beans) {

    /// @throws IllegalStateException if the type of a handler does not tell its commands
    void register(CommandBus.Builder bus) {
        for (String name : beans.getBeanNamesForType(CommandHandler.class)) {
            register(bus, family(name), beans.getBean(name, CommandHandler.class));
        }
    }

    @SuppressWarnings("unchecked") // the family is what the type of the bean says
    private static <C> void register(
            CommandBus.Builder bus, Class<C> family, CommandHandler<?, ?, ?> handler) {
        bus.register(family, (CommandHandler<C, Object, Object>) handler);
    }

    private Class<?> family(String name) {
        ResolvableType declared = beans.getMergedBeanDefinition(name).getResolvableType();
        Class<?> family = declared.as(CommandHandler.class).getGeneric(0).resolve();
        if (family == null || family == Object.class) {
            throw new IllegalStateException(
                    "the commands of the handler bean \"%s\" cannot be told from its type %s; declare it with its type arguments, such as CommandHandler<CartCommand, Cart, CartRefusal>"
                            .formatted(name, declared));
        }
        return family;
    }
}
