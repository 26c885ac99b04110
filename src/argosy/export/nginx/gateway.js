// What the gateway does that nginx has no directive for: it finds the model that a body or a call
// names, says whether every model is ready, and answers in the form of the caller's protocol.
// Whatever it says stands in stack.js.
import stack from './stack.js';

const PROBLEM = 'application/problem+json';
const JSON_TYPE = 'application/json';
const GRPC = /^application\/grpc($|[+;])/;
const HEADERS_TOO_LARGE = 494;  // nginx's own number for 431

// Pages of the gateway's own, and paths that lead nowhere.
function page(r) {
    const path = path_of(r);
    if (path.startsWith('/v1/') && !is_get(r)) {
        return send(r, stack.openai.unknown_path);
    }
    const found = stack.pages[path] || leading_nowhere(r, path);
    send(r, found);
}

function leading_nowhere(r, path) {
    if (GRPC.test(content_type(r)) && !/^\/v[12]\//.test(path)) {
        return stack.grpc.unknown_service;
    }
    return stack.below.find((one) => path.startsWith(one.prefix)).reply;
}

// Whether a replica of every model is ready: each is asked, and those that are not say why.
async function ready(r) {
    const names = Object.keys(stack.unavailable);
    const answers = await Promise.all(names.map((name) => r.subrequest(`/-/ready/${name}`)));
    const waiting = {};
    names.forEach((name, place) => {
        if (answers[place].status !== 200) {
            waiting[name] = reason_of(answers[place]);
        }
    });
    send(r, Object.keys(waiting).length ? not_ready(path_of(r), waiting) : stack.pages[path_of(r)]);
}

function not_ready(path, waiting) {
    const detail = `No replica is ready of: ${Object.keys(waiting).join(', ')}.`;
    const body = path === '/ready'
        ? {type: 'about:blank', title: 'Service Unavailable', status: 503, detail, unavailable: waiting}
        : {ready: false};
    const kind = path === '/ready' ? PROBLEM : JSON_TYPE;
    return {status: 503, headers: {'content-type': kind, 'retry-after': '5'}, body: JSON.stringify(body)};
}

function reason_of(answer) {
    try {
        return JSON.parse(answer.responseText).reason || 'no replica is ready';
    } catch (error) {
        return 'no replica is ready';
    }
}

// OpenAI's paths: the model is named in the body, which is read for that and sent on unchanged.
function openai(r) {
    if (r.method !== 'POST') {
        return page(r);
    }
    const only = only_model();
    const asked = model_in(r);
    const name = asked.fault && only ? only : asked.name;
    const model = typeof name === 'string' ? named(name) : undefined;
    if (model === undefined) {
        r.variables.refusal = asked.fault || 'undeclared';
        return r.internalRedirect('@v1_refused');
    }
    r.variables.alias = name === model ? '' : name;
    r.internalRedirect(`@v1_${model}`);
}

function refused(r) {
    send(r, stack.openai[r.variables.refusal]);
}

function model_in(r) {
    const text = r.requestText;
    let body;
    try {
        body = text ? JSON.parse(text) : null;
    } catch (error) {
        return {fault: 'not_json'};
    }
    const name = body === null ? null : body.model;
    return name === undefined || typeof name === 'object' ? {fault: 'unnamed'} : {name: name};
}

// gRPC: the model is named in the call's metadata. What is no name of one leads to grpc_refused.
function grpc_model(r) {
    const name = name_in_metadata(r);
    return GRPC.test(content_type(r)) && name !== undefined ? named(name) : '';
}

function grpc_alias(r) {
    const name = name_in_metadata(r);
    return name === undefined || named(name) === name ? '' : name;
}

function name_in_metadata(r) {
    const names = stack.metadata.map((key) => r.headersIn[key]).filter((name) => name !== undefined);
    const known = names.find((name) => named(name) !== undefined);
    return known === undefined && !names.length ? only_model() : known;
}

function grpc_refused(r) {
    if (!GRPC.test(content_type(r))) {
        return send(r, stack.below[stack.below.length - 1].reply);
    }
    const name = name_in_metadata(r);
    if (name !== undefined) {
        return send(r, stack.unavailable[named(name)].without_grpc);
    }
    const some = stack.metadata.some((key) => r.headersIn[key] !== undefined);
    send(r, some ? stack.grpc.undeclared : stack.grpc.unnamed);
}

// What nginx itself could not do: no replica answered, a limit, a body that is too large.
function failed(r) {
    const cause = Number(r.variables.failure);
    const nobody = reached_nobody(r, cause);
    const status = nobody ? 503 : cause === HEADERS_TOO_LARGE ? 431 : cause;
    const form = form_of(r);
    // nginx gives up on a request in whose time replicas came or went, though others are there. Once
    // it is asked from the start; a gRPC call cannot be, since nothing of it was kept.
    if (nobody && form !== 'grpc' && !r.variables.again) {
        r.variables.again = 'yes';
        return r.internalRedirect(r.variables.args ? `${r.uri}?${r.variables.args}` : r.uri);
    }
    const model = stack.unavailable[r.variables.model];
    if (status === 503 && model) {
        return send(r, model[form]);
    }
    if (status === 401) {
        r.headersOut['www-authenticate'] = 'Bearer';
    }
    if (status === 429 || status === 503) {
        r.headersOut['retry-after'] = '1';
    }
    send(r, FORMS[form](status, detail_of(r, status)));
}

function reached_nobody(r, cause) {
    const connected = (r.variables.upstream_connect_time || '').split(/[,:] /).pop() !== '-';
    return cause === 502 || (cause === 504 && !connected);
}

function detail_of(r, status) {
    const details = stack.details;
    if (status === 401) {
        return r.variables.token ? details.wrong_key : details.no_key;
    }
    if (status === 429) {
        return r.variables.limit_conn_status === 'REJECTED' ? details.too_many : details.over_limit;
    }
    return details[status] || `The gateway answers ${status}.`;
}

function form_of(r) {
    const path = path_of(r);
    if (GRPC.test(content_type(r))) {
        return 'grpc';
    }
    return path.startsWith('/v1/') ? 'openai' : path.startsWith('/v2') ? 'open_inference' : 'problem';
}

const OPENAI_TYPES = {429: 'rate_limit_error', 504: 'server_error'};
const OPENAI_CODES = {401: 'invalid_api_key', 429: 'rate_limit_exceeded'};
const GRPC_STATUSES = {401: 16, 429: 8, 503: 14, 504: 14};

const FORMS = {
    problem: (status, detail) => whole(status, PROBLEM, {type: 'about:blank', status, detail}),
    openai: (status, message) => whole(status, JSON_TYPE, {
        error: {
            message,
            type: OPENAI_TYPES[status] || 'invalid_request_error',
            param: null,
            code: OPENAI_CODES[status] || null,
        },
    }),
    open_inference: (status, error) => whole(status, JSON_TYPE, {error}),
    grpc: (status, detail) => ({
        status,
        headers: {'grpc-status': String(GRPC_STATUSES[status] || 13)},
        body: detail,
    }),
};

function whole(status, kind, body) {
    return {status, headers: {'content-type': kind}, body: JSON.stringify(body)};
}

// A call of gRPC ends with its status in the headers, and has no body.
function send(r, reply) {
    const grpc = GRPC.test(content_type(r)) && reply.headers['grpc-status'] !== undefined;
    Object.keys(reply.headers).forEach((name) => { r.headersOut[name] = reply.headers[name]; });
    if (grpc) {
        r.headersOut['content-type'] = 'application/grpc';
        r.headersOut['grpc-message'] = percent_encoded(reply.body);
        r.return(204);
        return;
    }
    r.return(reply.status, reply.body);
}

// Of gRPC over HTTP/2, "Status-Message": all but printable ASCII and % itself is escaped.
function percent_encoded(text) {
    return encodeURIComponent(text).replace(/%(2[0-46-9A-F]|3[A-F]|40|5[B-F]|60|7[B-E])/g, decodeURIComponent);
}

function named(name) {
    return Object.prototype.hasOwnProperty.call(stack.names, name) ? stack.names[name] : undefined;
}

function only_model() {
    const models = Object.keys(stack.unavailable);
    return models.length === 1 ? models[0] : undefined;
}

function is_get(r) {
    return r.method === 'GET' || r.method === 'HEAD';
}

function content_type(r) {
    return r.headersIn['content-type'] || '';
}

// The path as the caller asked for it, without its query: nginx rewrites its own.
function path_of(r) {
    return (r.variables.request_uri || '/').split('?')[0];
}

export default {page, ready, openai, refused, grpc_model, grpc_alias, grpc_refused, failed};
