package dev.twofold.catalog.access;

import dev.twofold.catalog.CatalogTables;
import dev.twofold.catalog.Role;
import dev.twofold.catalog.http.CachePolicy;
import dev.twofold.catalog.http.Exposure;
import dev.twofold.catalog.http.Front;
import dev.twofold.catalog.http.HotDocuments;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ProblemWriter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;

/// The filters that every request goes through before anything answers it.
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@EnableConfigurationProperties(AccessSettings.class)
public class AccessConfiguration {
    @Bean
    ApiKeys apiKeys(DataSource dataSource, CatalogTables tables, AccessSettings settings) {
        return new ApiKeys(dataSource, settings.keyMemory());
    }

    @Bean
    RequestGuard guard(Exposure exposure, AccessSettings settings) {
        return new RequestGuard(exposure, settings.origins());
    }

    @Bean
    CachePolicy caching(AccessSettings settings) {
        return new CachePolicy(
                settings.publicRead(), settings.sharedCache(), !settings.origins().isEmpty());
    }

    @Bean
    Access access(Exposure exposure, AccessSettings settings) {
        return new Access(exposure, settings);
    }

    @Bean
    RateLimits rateLimits(Exposure exposure, AccessSettings settings) {
        return new RateLimits(exposure, settings);
    }

    @Bean
    SecurityHeaders securityHeaders() {
        return new SecurityHeaders();
    }

    /// None of each of its filters and decisions: what becomes of a request is counted with it.
    @Bean
    SecurityObservationSettings securityObservations() {
        return SecurityObservationSettings.noObservations();
    }

    /// Spring Security's own, with a quicker look at headers.
    @Bean
    HttpFirewall firewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setAllowedHeaderNames(PlainText.NAME);
        firewall.setAllowedHeaderValues(PlainText.VALUE);
        return firewall;
    }

    @Bean
    Front publicReads(
            HotDocuments documents,
            RequestGuard guard,
            Access access,
            RateLimits rateLimits,
            MeterRegistry meters,
            ObjectProvider<Role> role) {
        return role.getIfAvailable(() -> Role.ALL).answersQueries()
                ? others -> new PublicReads(documents, guard, access, rateLimits, meters, others)
                : others -> others;
    }

    @Bean
    AuthenticationManager bearers(ApiKeys keys, AccessSettings settings) {
        return new Bearers(keys, tokens(settings), settings.scopePrefix());
    }

    @Bean
    SecurityFilterChain chain(
            HttpSecurity http,
            AuthenticationManager bearers,
            Access access,
            RateLimits limits,
            SecurityHeaders securityHeaders,
            AccessSettings settings,
            @Value("${catalog.kafka.feeds:false}") boolean fedByKafka)
            throws Exception {
        AuthenticationEntryPoint unauthenticated = unauthenticated(fedByKafka);
        if (settings.origins().isEmpty()) {
            http.cors(AbstractHttpConfigurer::disable);
        } else {
            http.cors(cors -> cors.configurationSource(crossOrigin(settings.origins())));
        }
        return http.csrf(AbstractHttpConfigurer::disable) // nothing is sent by itself: no cookies
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .headers(
                        headers ->
                                headers.defaultsDisabled()
                                        .cacheControl(Customizer.withDefaults())
                                        .httpStrictTransportSecurity(Customizer.withDefaults())
                                        .addHeaderWriter(securityHeaders))
                .oauth2ResourceServer(
                        server ->
                                server.authenticationManagerResolver(_ -> bearers)
                                        .authenticationEntryPoint(unauthenticated)
                                        .accessDeniedHandler(denied()))
                .exceptionHandling(
                        failures ->
                                failures.authenticationEntryPoint(unauthenticated)
                                        .accessDeniedHandler(denied()))
                .addFilterBefore(
                        RateFilter.byAddress(limits), BearerTokenAuthenticationFilter.class)
                .addFilterBefore(RateFilter.byKey(limits), AuthorizationFilter.class)
                .authorizeHttpRequests(
                        requests ->
                                requests.dispatcherTypeMatchers(
                                                DispatcherType.ERROR,
                                                DispatcherType.ASYNC,
                                                DispatcherType.FORWARD)
                                        .permitAll()
                                        .anyRequest()
                                        .access(access))
                .build();
    }

    private static @Nullable JwtDecoder tokens(AccessSettings settings) {
        URI issuer = settings.issuer();
        String audience = settings.audience();
        if (issuer == null || audience == null) {
            return null;
        }
        // asks the issuer when the first token comes, so that the catalog starts without it
        return new SupplierJwtDecoder(
                () -> {
                    URI jwks = settings.jwks();
                    NimbusJwtDecoder decoder =
                            jwks == null
                                    ? NimbusJwtDecoder.withIssuerLocation(issuer.toString()).build()
                                    : NimbusJwtDecoder.withJwkSetUri(jwks.toString())
                                            .jwsAlgorithms(
                                                    algorithms -> {
                                                        algorithms.add(SignatureAlgorithm.RS256);
                                                        algorithms.add(SignatureAlgorithm.ES256);
                                                        algorithms.add(SignatureAlgorithm.PS256);
                                                    })
                                            .build();
                    decoder.setJwtValidator(
                            new DelegatingOAuth2TokenValidator<Jwt>(
                                    JwtValidators.createDefaultWithIssuer(issuer.toString()),
                                    new JwtClaimValidator<List<String>>(
                                            JwtClaimNames.AUD,
                                            named -> named != null && named.contains(audience))));
                    return decoder;
                });
    }

    private static UrlBasedCorsConfigurationSource crossOrigin(List<String> origins) {
        CorsConfiguration allowed = new CorsConfiguration();
        allowed.setAllowedOrigins(origins);
        allowed.setAllowedMethods(List.of("GET", "HEAD", "POST", "PUT", "DELETE"));
        allowed.setAllowedHeaders(List.of("*"));
        allowed.setExposedHeaders(
                List.of(
                        "Consistency-Token",
                        "ETag",
                        "Location",
                        "Link",
                        "Preference-Applied",
                        "Idempotent-Replayed",
                        "Retry-After",
                        "RateLimit",
                        "RateLimit-Policy"));
        allowed.setMaxAge(Duration.ofHours(1));
        UrlBasedCorsConfigurationSource everywhere = new UrlBasedCorsConfigurationSource();
        everywhere.registerCorsConfiguration("/**", allowed);
        return everywhere;
    }

    /// @param fedByKafka whether the keys are those of a database beside that of the log
    private static AuthenticationEntryPoint unauthenticated(boolean fedByKafka) {
        String whose = fedByKafka ? "; this node is fed by Kafka and has keys of its own" : "";
        return (_, response, failure) ->
                ProblemWriter.write(
                        failure instanceof InvalidBearerTokenException
                                ? Problem.of(
                                                HttpStatus.UNAUTHORIZED,
                                                "invalid-key",
                                                "the key or token is not taken: it is unknown, has"
                                                        + " ended or was revoked"
                                                        + whose)
                                        .header(
                                                HttpHeaders.WWW_AUTHENTICATE,
                                                "Bearer error=\"invalid_token\"")
                                : Problem.of(
                                                HttpStatus.UNAUTHORIZED,
                                                "key-required",
                                                "this needs a key, as \"Authorization: Bearer"
                                                    + " KEY\"; an operator makes one with \"catalog"
                                                    + " keys create\""
                                                        + whose)
                                        .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer"),
                        response);
    }

    private static AccessDeniedHandler denied() {
        return (request, response, _) ->
                ProblemWriter.write(
                        Problem.of(
                                        HttpStatus.FORBIDDEN,
                                        "scope-too-small",
                                        "the key's scope does not include %s %s; reader looks, editor changes, operator looks after the catalog"
                                                .formatted(
                                                        request.getMethod(), Access.path(request)))
                                .header(
                                        HttpHeaders.WWW_AUTHENTICATE,
                                        "Bearer error=\"insufficient_scope\""),
                        response);
    }
}
