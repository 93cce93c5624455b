package dev.twofold.catalog.http;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.ModelAndView;

/// Where to go from the catalog's address.
@RestController
final class Start {

    @GetMapping(path = "/", produces = MediaType.APPLICATION_JSON_VALUE)
    Map<String, String> links() {
        Map<String, String> links = new LinkedHashMap<>();
        links.put("products", "/products");
        links.put("search", "/search");
        links.put("suggestions", "/suggestions");
        links.put("brands", "/brands");
        links.put("categories", "/categories");
        links.put("categoryTree", "/category-tree");
        links.put("changes", "/changes");
        links.put("events", "/events");
        links.put("feeds", "/feeds");
        links.put("export", "/export/products");
        links.put("feed", "/export/feed");
        links.put("description", "/openapi.json");
        links.put("health", "/actuator/health");
        return links;
    }

    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView listing() {
        return new ModelAndView("redirect:/products");
    }
}
