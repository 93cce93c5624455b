package dev.twofold.catalog;

import dev.twofold.catalog.http.WebSettings;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/// The parts of the catalog and how they hang together.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(WebSettings.class)
class CatalogService {}
