package dev.twofold.spring;

import dev.twofold.CommandBus;
import dev.twofold.CommandHandler;
import dev.twofold.QueryBus;
import dev.twofold.QueryFor;
import dev.twofold.QueryHandler;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;

/// The command and query handlers among the beans of an application, each for the commands or
/// queries that its declared type names.
record HandlerBeans(ConfigurableListableBeanFactory beans) {

    /// @throws IllegalStateException if the type of a handler does not tell its commands
    void register(CommandBus.Builder bus) {
        for (String name : beans.getBeanNamesForType(CommandHandler.class)) {
            Class<?> family =
                    first(
                            name,
                            CommandHandler.class,
                            "CommandHandler<CartCommand, Cart, CartRefusal>");
            register(bus, family, beans.getBean(name, CommandHandler.class));
        }
    }

    /// @throws IllegalStateException if the type of a handler does not tell its queries
    void register(QueryBus.Builder bus) {
        for (String name : beans.getBeanNamesForType(QueryHandler.class)) {
            Class<?> type = first(name, QueryHandler.class, "QueryHandler<FindCart, Cart>");
            register(bus, type, beans.getBean(name, QueryHandler.class));
        }
    }

    @SuppressWarnings("unchecked") // the family is what the type of the bean says
    private static <C> void register(
            CommandBus.Builder bus, Class<C> family, CommandHandler<?, ?, ?> handler) {
        bus.register(family, (CommandHandler<C, Object, Object>) handler);
    }

    @SuppressWarnings("unchecked") // the class is what the type of the bean says
    private static <Q extends QueryFor<Object>> void register(
            QueryBus.Builder bus, Class<?> type, QueryHandler<?, ?> handler) {
        bus.register((Class<Q>) type, (QueryHandler<Q, Object>) handler);
    }

    /// The first type argument of a handler.
    private Class<?> first(String name, Class<?> kind, String example) {
        ResolvableType declared = beans.getMergedBeanDefinition(name).getResolvableType();
        Class<?> first = declared.as(kind).getGeneric(0).resolve();
        if (first == null || first == Object.class) {
            throw new IllegalStateException(
                    "the %s of the handler bean \"%s\" cannot be told from its type %s; declare it with its type arguments, such as %s"
                            .formatted(
                                    kind == CommandHandler.class ? "commands" : "queries",
                                    name,
                                    declared,
                                    example));
        }
        return first;
    }
}
