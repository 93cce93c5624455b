package dev.twofold.benchmarks.shop;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

@Configuration(proxyBeanMethods = false)
@EnableWebMvc
@Import(ShopEndpoints.class)
class WebConfiguration {}
