"use strict";

// A key that is entered here stays in this page: nothing is stored.
SwaggerUIBundle({
  url: "openapi.yaml",
  dom_id: "#viewer",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUIBundle.presets.apis],
});
