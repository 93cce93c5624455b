package dev.twofold;

import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Takes any registered query to its handler, through the same interceptors.
///
/// A caller that knows the class of its query may as well use the handler that [Builder#register]
/// returned. Immutable; safe for use by many threads.
public final class QueryBus {
    private final Map<Class<?>, Registered<?, ?>> handlers;

    private QueryBus(Map<Class<?>, Registered<?, ?>> handlers) {
        this.handlers = handlers;
    }

    private record Registered<Q extends QueryFor<A>, A>(Class<Q> type, QueryHandler<Q, A> handler) {

        A answer(Object query, Metadata metadata) {
            return handler.answer(type.cast(query), metadata);
        }
    }

    /// @param interceptors the first is the outermost
    public static Builder builder(QueryInterceptor... interceptors) {
        return new Builder(List.of(interceptors));
    }

    /// @throws IllegalArgumentException if no handler is registered for the query's class
    /// @throws EventStoreException if what is asked for is out of reach
    @SuppressWarnings("unchecked") // a query is registered with a handler of its answers
    public <A> A ask(QueryFor<A> query, Metadata metadata) {
        Registered<?, A> registered = (Registered<?, A>) handlers.get(query.getClass());
        if (registered == null) {
            Set<String> known = new TreeSet<>();
            handlers.keySet().forEach(type -> known.add(type.getSimpleName()));
            throw new IllegalArgumentException(
                    "no handler is registered for %s, only for %s"
                            .formatted(query.getClass().getName(), known));
        }
        return registered.answer(query, metadata);
    }

    /// Collects the handlers. Not safe for use by many threads.
    public static final class Builder {
        private final List<QueryInterceptor> interceptors;
        private final Map<Class<?>, Registered<?, ?>> handlers = new HashMap<>();

        private Builder(List<QueryInterceptor> interceptors) {
            this.interceptors = interceptors;
        }

        /// Registers the handler for a class of queries.
        ///
        /// @param type the class itself, not one above it: each has answers of its own type
        /// @return the handler with the interceptors around it
        /// @throws IllegalArgumentException if the class has a handler already, or is none that an
        ///   object can have
        public <Q extends QueryFor<A>, A> QueryHandler<Q, A> register(
                Class<Q> type, QueryHandler<Q, A> handler) {
            if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
                throw new IllegalArgumentException(
                        "%s is abstract; register a handler for each record of it"
                                .formatted(type.getName()));
            }
            QueryHandler<Q, A> outermost = QueryInterceptor.all(interceptors).around(handler);
            if (handlers.putIfAbsent(type, new Registered<>(type, outermost)) != null) {
                throw new IllegalArgumentException(
                        "%s has a handler already".formatted(type.getName()));
            }
            return outermost;
        }

        public QueryBus build() {
            return new QueryBus(Map.copyOf(handlers));
        }
    }
}
