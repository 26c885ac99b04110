// Written by `argosy export`: the names of the models, and what nginx answers itself.
export default {
  "names": {
    "chat": "chat",
    "gpt-4o-mini": "chat",
    "digits": "digits"
  },
  "metadata": [
    "model",
    "mm-model-id",
    "seldon-model"
  ],
  "pages": {
    "/health": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"status\": \"ok\"}"
    },
    "/ready": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"status\": \"ready\"}"
    },
    "/": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"stack\": \"small\", \"models\": [{\"name\": \"chat\", \"path\": \"/api/chat\"}, {\"name\": \"digits\", \"path\": \"/api/digits\"}]}"
    },
    "/v1/models": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"object\": \"list\", \"data\": [{\"id\": \"chat\", \"object\": \"model\", \"created\": 0, \"owned_by\": \"small\"}, {\"id\": \"gpt-4o-mini\", \"object\": \"model\", \"created\": 0, \"owned_by\": \"small\"}, {\"id\": \"digits\", \"object\": \"model\", \"created\": 0, \"owned_by\": \"small\"}]}"
    },
    "/v1/models/chat": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"id\": \"chat\", \"object\": \"model\", \"created\": 0, \"owned_by\": \"small\"}"
    },
    "/v1/models/gpt-4o-mini": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"id\": \"gpt-4o-mini\", \"object\": \"model\", \"created\": 0, \"owned_by\": \"small\"}"
    },
    "/v1/models/digits": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"id\": \"digits\", \"object\": \"model\", \"created\": 0, \"owned_by\": \"small\"}"
    },
    "/v2": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"name\": \"argosy\", \"version\": \"0.1.0\", \"extensions\": [\"binary_tensor_data\"]}"
    },
    "/v2/": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"name\": \"argosy\", \"version\": \"0.1.0\", \"extensions\": [\"binary_tensor_data\"]}"
    },
    "/v2/health/live": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"live\": true}"
    },
    "/v2/health/ready": {
      "status": 200,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"ready\": true}"
    }
  },
  "below": [
    {
      "prefix": "/v1/models/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/json"
        },
        "body": "{\"error\": {\"message\": \"No such model. The models of small are: chat, digits.\", \"type\": \"invalid_request_error\", \"param\": \"model\", \"code\": \"model_not_found\"}}"
      }
    },
    {
      "prefix": "/v1/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/json"
        },
        "body": "{\"error\": {\"message\": \"No such path. Requests that name a model are POSTed; GET /v1/models lists the models.\", \"type\": \"invalid_request_error\", \"param\": null, \"code\": \"not_found\"}}"
      }
    },
    {
      "prefix": "/v2/models/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/json"
        },
        "body": "{\"error\": \"No such model. The models of small are: chat, digits.\"}"
      }
    },
    {
      "prefix": "/v2/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/json"
        },
        "body": "{\"error\": \"No such path. Of the Open Inference Protocol there are: /v2, /v2/health/live, /v2/health/ready, /v2/models/<model>/\\u2026.\"}"
      }
    },
    {
      "prefix": "/api/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/problem+json"
        },
        "body": "{\"type\": \"about:blank\", \"title\": \"Not Found\", \"status\": 404, \"detail\": \"No such model. The models of small are: chat, digits.\"}"
      }
    },
    {
      "prefix": "/models/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/problem+json"
        },
        "body": "{\"type\": \"about:blank\", \"title\": \"Not Found\", \"status\": 404, \"detail\": \"No such model. The models of small are: chat, digits.\"}"
      }
    },
    {
      "prefix": "/",
      "reply": {
        "status": 404,
        "headers": {
          "content-type": "application/problem+json"
        },
        "body": "{\"type\": \"about:blank\", \"title\": \"Not Found\", \"status\": 404, \"detail\": \"No such path. The gateway serves: /api/<model>, /models/<model>/\\u2026, /v1/\\u2026, /v2/\\u2026, /health, /ready, /.\"}"
      }
    }
  ],
  "openai": {
    "undeclared": {
      "status": 404,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"error\": {\"message\": \"No such model. The models of small are: chat, digits.\", \"type\": \"invalid_request_error\", \"param\": \"model\", \"code\": \"model_not_found\"}}"
    },
    "unnamed": {
      "status": 400,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"error\": {\"message\": \"The body names no model in `model`. The models of small are: chat, digits.\", \"type\": \"invalid_request_error\", \"param\": \"model\", \"code\": \"model_not_found\"}}"
    },
    "not_json": {
      "status": 400,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"error\": {\"message\": \"The body is no JSON that can be read, so it names no model. The models of small are: chat, digits.\", \"type\": \"invalid_request_error\", \"param\": \"model\", \"code\": \"model_not_found\"}}"
    },
    "unknown_path": {
      "status": 404,
      "headers": {
        "content-type": "application/json"
      },
      "body": "{\"error\": {\"message\": \"No such path. Requests that name a model are POSTed; GET /v1/models lists the models.\", \"type\": \"invalid_request_error\", \"param\": null, \"code\": \"not_found\"}}"
    }
  },
  "grpc": {
    "undeclared": {
      "status": 404,
      "headers": {
        "content-type": "text/plain",
        "grpc-status": "5"
      },
      "body": "No such model. The models of small are: chat, digits."
    },
    "unnamed": {
      "status": 400,
      "headers": {
        "content-type": "text/plain",
        "grpc-status": "3"
      },
      "body": "Which model? Name it in the metadata `model`. The models of small are: chat, digits."
    },
    "unknown_service": {
      "status": 404,
      "headers": {
        "content-type": "text/plain",
        "grpc-status": "12"
      },
      "body": "No such service. The gateway has inference.GRPCInferenceService."
    }
  },
  "unavailable": {
    "chat": {
      "problem": {
        "status": 503,
        "headers": {
          "content-type": "application/problem+json",
          "retry-after": "5"
        },
        "body": "{\"type\": \"about:blank\", \"title\": \"Service Unavailable\", \"status\": 503, \"detail\": \"chat cannot answer now: no replica is ready\", \"model\": \"chat\", \"reason\": \"no replica is ready\"}"
      },
      "openai": {
        "status": 503,
        "headers": {
          "content-type": "application/json",
          "retry-after": "5"
        },
        "body": "{\"error\": {\"message\": \"chat cannot answer now: no replica is ready\", \"type\": \"server_error\", \"param\": \"model\", \"code\": \"model_not_ready\"}}"
      },
      "open_inference": {
        "status": 503,
        "headers": {
          "content-type": "application/json",
          "retry-after": "5"
        },
        "body": "{\"error\": \"chat cannot answer now: no replica is ready\"}"
      },
      "grpc": {
        "status": 503,
        "headers": {
          "content-type": "text/plain",
          "grpc-status": "14"
        },
        "body": "chat cannot answer now: no replica is ready"
      },
      "without_grpc": {
        "status": 404,
        "headers": {
          "content-type": "text/plain",
          "grpc-status": "12"
        },
        "body": "chat has no gRPC."
      }
    },
    "digits": {
      "problem": {
        "status": 503,
        "headers": {
          "content-type": "application/problem+json",
          "retry-after": "5"
        },
        "body": "{\"type\": \"about:blank\", \"title\": \"Service Unavailable\", \"status\": 503, \"detail\": \"digits cannot answer now: no replica is ready\", \"model\": \"digits\", \"reason\": \"no replica is ready\"}"
      },
      "openai": {
        "status": 503,
        "headers": {
          "content-type": "application/json",
          "retry-after": "5"
        },
        "body": "{\"error\": {\"message\": \"digits cannot answer now: no replica is ready\", \"type\": \"server_error\", \"param\": \"model\", \"code\": \"model_not_ready\"}}"
      },
      "open_inference": {
        "status": 503,
        "headers": {
          "content-type": "application/json",
          "retry-after": "5"
        },
        "body": "{\"error\": \"digits cannot answer now: no replica is ready\"}"
      },
      "grpc": {
        "status": 503,
        "headers": {
          "content-type": "text/plain",
          "grpc-status": "14"
        },
        "body": "digits cannot answer now: no replica is ready"
      },
      "without_grpc": {
        "status": 404,
        "headers": {
          "content-type": "text/plain",
          "grpc-status": "12"
        },
        "body": "digits has no gRPC."
      }
    }
  },
  "details": {
    "400": "The request cannot be understood, or has an escaped slash in its path.",
    "408": "The request came too slowly.",
    "413": "The body is larger than the model takes.",
    "504": "Nothing was sent for too long.",
    "no_key": "No key was sent. Send one as `Authorization: Bearer <key>` or as `x-api-key`.",
    "wrong_key": "This is not a key of this stack. Send one as `Authorization: Bearer <key>` or as `x-api-key`.",
    "too_many": "As many requests as the model takes are in flight already.",
    "over_limit": "Too many requests. Try again in 1 s."
  }
};
