package dev.twofold.spring;

import dev.twofold.Codec;
import dev.twofold.CommandBus;
import dev.twofold.EventStore;
import dev.twofold.Interceptor;
import dev.twofold.QueryBus;
import dev.twofold.QueryInterceptor;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import io.micrometer.observation.ObservationRegistry;
import jakarta.validation.Validator;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;

/// A log in the database of the data source, and buses to the command handlers and the query
/// handlers among the beans.
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration"
        })
@EnableConfigurationProperties(TwofoldProperties.class)
final class TwofoldAutoConfiguration {
    static final int OUTERMOST = 0;
    static final int BEFORE_THE_HANDLER = 1_000;

    @Bean
    @ConditionalOnMissingBean
    Codec codec() {
        return new JacksonCodec();
    }

    @Bean
    @ConditionalOnMissingBean(EventStore.class)
    @ConditionalOnSingleCandidate(DataSource.class)
    PostgresEventStore eventStore(DataSource dataSource, TwofoldProperties properties) {
        if (properties.migrate()) {
            PostgresLog.migrate(dataSource);
        }
        return new PostgresEventStore(dataSource);
    }

    @Bean
    @Order(OUTERMOST)
    @ConditionalOnBean(ObservationRegistry.class)
    @ConditionalOnMissingBean
    CommandObservation commandObservation(ObservationRegistry registry) {
        return new CommandObservation(registry);
    }

    @Bean
    @Order(BEFORE_THE_HANDLER)
    @ConditionalOnBean(Validator.class)
    Interceptor commandValidation(Validator validator) {
        return Interceptor.checking(new Validation(validator));
    }

    @Bean
    @ConditionalOnMissingBean
    CommandBus commandBus(
            ConfigurableListableBeanFactory beans, ObjectProvider<Interceptor> interceptors) {
        CommandBus.Builder builder =
                CommandBus.builder(interceptors.orderedStream().toArray(Interceptor[]::new));
        new HandlerBeans(beans).register(builder);
        return builder.build();
    }

    @Bean
    @Order(OUTERMOST)
    @ConditionalOnBean(ObservationRegistry.class)
    @ConditionalOnMissingBean
    QueryObservation queryObservation(ObservationRegistry registry) {
        return new QueryObservation(registry);
    }

    @Bean
    @Order(BEFORE_THE_HANDLER)
    @ConditionalOnBean(Validator.class)
    QueryInterceptor queryValidation(Validator validator) {
        return QueryInterceptor.checking(new Validation(validator));
    }

    @Bean
    @ConditionalOnMissingBean
    QueryBus queryBus(
            ConfigurableListableBeanFactory beans, ObjectProvider<QueryInterceptor> interceptors) {
        QueryBus.Builder builder =
                QueryBus.builder(interceptors.orderedStream().toArray(QueryInterceptor[]::new));
        new HandlerBeans(beans).register(builder);
        return builder.build();
    }
}
