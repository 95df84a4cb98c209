package example;

import com.nimbusds.jose.jwk.JWK;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;

/** A client that proves itself by a key of its own (private_key_jwt, RFC 7523): eid holds the public half alone. */
@Configuration(proxyBeanMethods = false)
@Profile("key")
class KeyProof {
  @Bean
  OAuth2AccessTokenResponseClient<OAuth2AuthorizationCodeGrantRequest> tokens(
      @Value("${client.key}") Path file, @Value("${spring.security.oauth2.client.provider.eid.issuer-uri}") String issuer)
      throws IOException, ParseException {
    JWK key = JWK.parse(Files.readString(file));
    var proof = new NimbusJwtClientAuthenticationParametersConverter<OAuth2AuthorizationCodeGrantRequest>(client -> key);
    proof.setJwtClientAssertionCustomizer(assertion -> assertion.getClaims().audience(java.util.List.of(issuer)));
    var tokens = new RestClientAuthorizationCodeTokenResponseClient();
    tokens.addParametersConverter(proof);
    return tokens;
  }
}
