# Roomly's image: web, worker, beat and migrations differ by their command (docker-compose.yml).

FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gettext \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . ./
# Settings must be there to be read; nothing here is contacted, and none of it stays in the image.
RUN export SECRET_KEY=build FIELD_ENCRYPTION_KEYS=build REDIS_URL=redis://build \
        DATABASE_URL=postgresql://build STATIC_ROOT=/app/collected-static \
    && python manage.py compilemessages --verbosity 0 \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/roomly --create-home roomly
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=roomly.settings \
    STATIC_ROOT=/app/collected-static
WORKDIR /app
USER roomly
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "deploy/healthcheck.py"]
# WEB_CONCURRENCY sets the number of processes, FORWARDED_ALLOW_IPS which proxy is believed.
CMD ["uvicorn", "roomly.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--no-server-header", "--timeout-graceful-shutdown", "10"]
