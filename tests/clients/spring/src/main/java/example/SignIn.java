package example;

import static org.springframework.security.config.Customizer.withDefaults;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoderFactory;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A service whose visitors sign in with eid. State, nonce, PKCE and the ID token are Spring Security's work. */
@SpringBootApplication
@RestController
public class SignIn {
  public static void main(String[] arguments) {
    SpringApplication.run(SignIn.class, arguments);
  }

  @GetMapping("/")
  Map<String, Object> whoIsThere(@AuthenticationPrincipal OidcUser person) {
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("sub", person.getSubject());
    found.put("acr", person.getAuthenticationContextClass());
    found.put("name", person.getFullName());
    return found;
  }

  @Bean
  SecurityFilterChain everyPageNeedsAPerson(
      HttpSecurity http, ClientRegistrationRepository clients, OAuth2AuthorizationRequestResolver requests) {
    var logout = new OidcClientInitiatedLogoutSuccessHandler(clients);
    logout.setPostLogoutRedirectUri("{baseUrl}/");
    return http
        .authorizeHttpRequests(pages -> pages.anyRequest().authenticated())
        .oauth2Login(login -> login.authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(requests)))
        .logout(out -> out.logoutSuccessHandler(logout))
        .csrf(withDefaults())
        .build();
  }

  /** How strongly the visitor should sign in: a wish, so `acr` is to be checked where it matters. */
  @Bean
  OAuth2AuthorizationRequestResolver requests(ClientRegistrationRepository clients) {
    var resolver = new DefaultOAuth2AuthorizationRequestResolver(clients);
    resolver.setAuthorizationRequestCustomizer(
        request -> request.additionalParameters(parameters -> parameters.put("acr_values", "LoA2")));
    return resolver;
  }

  /** eid signs ID tokens with ES256 unless another algorithm was registered; Spring expects RS256 unless told. */
  @Bean
  JwtDecoderFactory<ClientRegistration> idTokens() {
    var factory = new OidcIdTokenDecoderFactory();
    factory.setJwsAlgorithmResolver(client -> SignatureAlgorithm.ES256);
    return factory;
  }
}
