package dev.twofold.benchmarks.shop;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;

/// The main class of a process that serves a shop, until it is killed or its input ends. Prints its
/// address once it serves.
///
/// Tomcat on virtual threads and Spring MVC, as most who write such a shop run it.
final class ShopService {
    private static final int CONNECTIONS = 16;

    private ShopService() {}

    /// @param args the database, and `jdbc`, `jpa-naive` or `jpa-fetch`
    static void main(String[] args) throws IOException, LifecycleException {
        Logger.getLogger("").setLevel(Level.WARNING);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(args[0]);
        config.setMaximumPoolSize(CONNECTIONS);
        HikariDataSource pool = new HikariDataSource(config);
        GenericWebApplicationContext beans = new GenericWebApplicationContext();
        beans.setClassLoader(ShopService.class.getClassLoader()); // and not Tomcat's own
        AnnotatedBeanDefinitionReader reader = new AnnotatedBeanDefinitionReader(beans);
        beans.registerBean(HikariDataSource.class, () -> pool);
        switch (args[1]) {
            case "jdbc" -> {
                reader.register(WebConfiguration.class);
                beans.registerBean(Shop.class, () -> new JdbcShop(pool));
            }
            case "jpa-naive", "jpa-fetch" -> {
                boolean fetching = args[1].equals("jpa-fetch");
                reader.register(WebConfiguration.class, JpaConfiguration.class);
                beans.registerBean(
                        Shop.class,
                        () ->
                                new JpaShop(
                                        beans.getBean(Products.class),
                                        beans.getBean(PlatformTransactionManager.class),
                                        fetching));
            }
            default ->
                    throw new IllegalArgumentException("there is no shop by \"" + args[1] + "\"");
        }
        Tomcat tomcat = start(beans);
        IO.println("The shop answers at http://127.0.0.1:" + tomcat.getConnector().getLocalPort());
        while (System.in.read() >= 0) {
            // goes on until the input ends
        }
        System.exit(0);
    }

    private static Tomcat start(GenericWebApplicationContext beans)
            throws IOException, LifecycleException {
        Path folder = Files.createTempDirectory("shop");
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        tomcat.setPort(0);
        Connector connector = tomcat.getConnector();
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxKeepAliveRequests", "10000");
        connector.setProperty("compression", "on");
        connector.setProperty("compressionMinSize", "256");
        connector.setProperty("compressibleMimeType", "application/json");
        ((AbstractProtocol<?>) connector.getProtocolHandler())
                .setExecutor(new VirtualThreadExecutor("shop-"));
        Context context = tomcat.addContext("", folder.toString());
        Wrapper servlet = Tomcat.addServlet(context, "shop", new DispatcherServlet(beans));
        servlet.setLoadOnStartup(1);
        servlet.addMapping("/");
        tomcat.start();
        return tomcat;
    }
}
