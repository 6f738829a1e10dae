# syntax=docker/dockerfile:1
# One image for web, worker and beat, and a small one for the proxy. docker-compose.yml says who runs what.

FROM python:3.12-slim-bookworm AS build
WORKDIR /app
# The steps of `make setup`, without the tools of developers; tests/house/test_image.py compares them.
RUN python3 -m venv .venv
RUN .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
ENV UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true UV_PROJECT_ENVIRONMENT=.venv
COPY pyproject.toml uv.lock README.md LICENSE ./
# First what changes rarely, so that a change of our code does not download it all again.
RUN .venv/bin/python -m uv sync --frozen --no-dev --extra postgres --extra geo --no-install-project
COPY backend backend
ARG NPM_REGISTRY=https://registry.npmjs.org
RUN .venv/bin/python backend/app/fetch_assets.py --registry "$NPM_REGISTRY"
COPY forms forms
COPY mappings mappings
COPY workers workers
RUN .venv/bin/python -m uv sync --frozen --no-dev --extra postgres --extra geo --no-editable
RUN .venv/bin/python -m pip uninstall --quiet --yes uv pip

FROM python:3.12-slim-bookworm AS app
# A number, not a name: Kubernetes and `user:` in a compose file can then check that it is not root.
RUN groupadd --system --gid 10001 fieldveil \
    && useradd --system --uid 10001 --gid fieldveil --no-create-home --shell /usr/sbin/nologin fieldveil \
    && install --directory --owner fieldveil --group fieldveil --mode 0700 /keys/web /keys/worker /keys/shared
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY deploy/gunicorn.conf.py deploy/gunicorn.conf.py
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "backend.app:create_app()"]

FROM caddy:2-alpine AS proxy
# A plain copy leaves file capabilities behind: with them the kernel refuses to start it where all are dropped.
RUN cp /usr/bin/caddy /usr/local/bin/caddy \
    && install -d -o 10001 -g 10001 -m 0700 /state
COPY deploy/Caddyfile /etc/caddy/Caddyfile
ENV XDG_DATA_HOME=/state XDG_CONFIG_HOME=/tmp
USER 10001:10001
EXPOSE 8080 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2020/"]
ENTRYPOINT ["/usr/local/bin/caddy"]
CMD ["run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
