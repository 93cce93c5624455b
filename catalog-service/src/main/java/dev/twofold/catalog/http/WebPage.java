package dev.twofold.catalog.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.ModelAndView;

/// Shows answers to people: with the headers that programs get, and an entity tag of its own.
///
/// The tag holds a digest of the templates, so that a release with other ones is seen at once.
public final class WebPage {
    private static final List<String> COPIED =
            List.of(
                    HttpHeaders.CACHE_CONTROL,
                    HttpHeaders.VARY,
                    ConsistencyToken.HEADER,
                    Preferences.APPLIED);

    private final String view;
    private final String model;
    private final String digest;

    /// @param view the name of the template
    /// @param model what the template calls the answer
    public WebPage(String view, String model) {
        this.view = view;
        this.model = model;
        this.digest =
                EntityTag.digest(template(view) + template("head") + template("box"))
                        .substring(0, 8);
    }

    /// The page; null when the reader has it already.
    public @Nullable ModelAndView show(ResponseEntity<?> answer, ServletWebRequest request) {
        var response = Objects.requireNonNull(request.getResponse());
        for (String header : COPIED) {
            for (String value : answer.getHeaders().getOrEmpty(header)) {
                response.addHeader(header, value);
            }
        }
        String tag = answer.getHeaders().getETag();
        if (tag != null && request.checkNotModified(EntityTag.asPage(tag, digest))) {
            return null;
        }
        return new ModelAndView(view, model, Objects.requireNonNull(answer.getBody()));
    }

    private static String template(String name) {
        try (InputStream in =
                WebPage.class.getResourceAsStream("/templates/%s.html".formatted(name))) {
            return new String(
                    Objects.requireNonNull(in, "there is no template " + name).readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("template %s cannot be read".formatted(name), e);
        }
    }
}
