//! Whom Java trusts in a session.

use std::fs;

use ocx_tests::{engine::Engine, on_engines};

use crate::{session_setup::Project, templates::stand_in};

on_engines!(
    [docker_of_machine, podman_of_machine],
    because "what Java makes of a file does not depend on the engine",
    a_program_reaches_a_server_of_the_companys
);

/// A server with the company's certificate, and a client that asks whom Java trusts.
const PROGRAM: &str = r#"
import com.sun.net.httpserver.*;
import java.io.*;
import java.net.*;
import java.security.KeyStore;
import javax.net.ssl.*;

public class Reach {
    public static void main(String[] args) throws Exception {
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance(new File("server.p12"), password);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress("localhost", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 7);
            exchange.getResponseBody().write("reached".getBytes());
            exchange.close();
        });
        server.start();
        try {
            URL url = new URL("https://localhost:" + server.getAddress().getPort() + "/");
            System.out.println(new String(url.openStream().readAllBytes()));
        } catch (SSLHandshakeException exception) {
            System.out.println("not trusted");
        } finally {
            server.stop(0);
        }
    }
}
"#;

const COMPANY: &str = "keytool -genkeypair -alias company -keyalg EC -dname CN=localhost \
    -ext SAN=dns:localhost -keystore server.p12 -storetype PKCS12 -storepass changeit && \
    keytool -exportcert -rfc -alias company -keystore server.p12 -storepass changeit -file company.pem";

fn a_program_reaches_a_server_of_the_companys(engine: &Engine) {
    let base = stand_in(engine, "java", "gradle junit4 openjdk-17-jdk-headless");
    let mut project = Project::on(engine, &base);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    sandbox.write("Reach.java", PROGRAM);
    project.inside(COMPANY).success().done();
    let bundle = sandbox.root().join("company.pem");
    let of_system = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt");
    let company = sandbox.read("company.pem");
    sandbox.write(&bundle, of_system.unwrap_or_default() + &company);
    let run = |set: &[&'static str]| {
        let command = ["exec", "--new", "java", "Reach.java"];
        let ocx = sandbox.ocx([set, &command].concat());
        ocx.env("SSL_CERT_FILE", &bundle).run().success()
    };
    run(&[]).prints("reached\n").done();
    let left_alone = run(&["--set", "env={ JAVA_TOOL_OPTIONS = \"\" }"]);
    left_alone.prints("not trusted\n").done();
    project.assert_no_containers();
}
