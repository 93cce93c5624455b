package dev.twofold.catalog.access;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/// Knows who a bearer token stands for: one of the catalog's own keys, or one of the OpenID Connect
/// issuer's tokens if there is an issuer.
final class Bearers implements AuthenticationManager {
    private static final int MAX_NAME = 200;

    private final ApiKeys keys;
    private final @Nullable JwtDecoder tokens;
    private final String scopePrefix;

    Bearers(ApiKeys keys, @Nullable JwtDecoder tokens, String scopePrefix) {
        this.keys = keys;
        this.tokens = tokens;
        this.scopePrefix = scopePrefix;
    }

    @Override
    public Authentication authenticate(Authentication presented) {
        String token =
                presented instanceof BearerTokenAuthenticationToken bearer ? bearer.getToken() : "";
        if (ApiKeys.isKey(token)) {
            ApiKey key =
                    keys.find(token)
                            .orElseThrow(
                                    () ->
                                            new InvalidBearerTokenException(
                                                    "the key is not known, has ended or was"
                                                            + " revoked"));
            return caller(key.actor(), Stream.of(key.scope()));
        }
        if (tokens == null) {
            throw new InvalidBearerTokenException("this is none of the catalog's keys");
        }
        try {
            Jwt jwt = tokens.decode(token);
            return caller("oidc:" + subject(jwt), scopes(jwt));
        } catch (JwtException e) {
            throw new InvalidBearerTokenException("the token is not valid", e);
        }
    }

    private static String subject(Jwt jwt) {
        String subject = jwt.getSubject();
        if (subject == null
                || subject.isBlank()
                || subject.length() > MAX_NAME
                || subject.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidBearerTokenException("the token does not say who it is for");
        }
        return subject;
    }

    private Stream<Scope> scopes(Jwt jwt) {
        return Stream.concat(names(jwt, "scope"), names(jwt, "scp"))
                .filter(name -> name.startsWith(scopePrefix))
                .flatMap(name -> Scope.of(name.substring(scopePrefix.length())).stream());
    }

    private static Stream<String> names(Jwt jwt, String claim) {
        Object value = jwt.getClaims().get(claim);
        return switch (value) {
            case String text -> Stream.of(text.split(" "));
            case Collection<?> all -> all.stream().map(String::valueOf);
            case null, default -> Stream.empty();
        };
    }

    private static Authentication caller(String name, Stream<Scope> scopes) {
        List<SimpleGrantedAuthority> authorities =
                scopes.map(Access::authority).map(SimpleGrantedAuthority::new).toList();
        return new PreAuthenticatedAuthenticationToken(name, null, authorities);
    }
}
