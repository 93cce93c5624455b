package dev.twofold.catalog.http;

import dev.twofold.catalog.Role;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/// How requests are read and answered.
@Configuration(proxyBeanMethods = false)
@Import({Problems.class, ErrorPage.class, Start.class, ApiDescription.class})
public class WebSettings implements WebMvcConfigurer {
    static final JsonMapper JSON =
            StrictJson.mapper()
                    .rebuild()
                    .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
                    .build();

    private final ObjectProvider<LogEpoch> epoch;

    WebSettings(ObjectProvider<LogEpoch> epoch) {
        this.epoch = epoch;
    }

    @Bean
    JsonMapper json() {
        return JSON;
    }

    @Bean
    RoleGuard roleGuard(ObjectProvider<Role> role) {
        return new RoleGuard(role.getIfAvailable(() -> Role.ALL));
    }

    @Bean
    RequestFingerprint fingerprint() {
        return new RequestFingerprint();
    }

    /// In place of the one that Spring Boot would make.
    @Bean
    ServletWebServerFactory webServerFactory(ObjectProvider<Front> fronts) {
        return new WebServerFactory(fronts);
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        Callers callers = new Callers();
        resolvers.add(callers);
        resolvers.add(new CommandRequest.Resolver(callers));
        resolvers.add(new Freshness.Resolver(epoch.getObject()));
    }

    @Override
    public void configureMessageConverters(HttpMessageConverters.ServerBuilder converters) {
        converters.addCustomConverter(new RequestBodies(JSON));
    }

    /// Who asks for nothing in particular gets JSON.
    @Override
    public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
        negotiation.defaultContentType(MediaType.APPLICATION_JSON);
    }
}
