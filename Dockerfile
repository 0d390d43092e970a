# The portal in one image. docker-compose.yml runs it three times: web, worker and timer.

FROM node:22-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static ./static
RUN npm run build

FROM python:3.12-slim
# WeasyPrint draws the PDF reports with Pango.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=parportal.settings \
    PORTAL_VAR=/var/lib/parportal \
    STATIC_ROOT=/app/staticfiles
RUN useradd --system --uid 10001 --create-home portal \
    && install -d -o portal -g portal /var/lib/parportal
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
COPY --from=assets /src/static/dist ./static/dist
RUN PORTAL_VAR=/tmp/build SECRET_KEY=only-while-building python manage.py collectstatic --no-input \
    && rm -rf /tmp/build
USER portal
VOLUME /var/lib/parportal
EXPOSE 8000
# The web server answers, asked by the first name it is known by.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; host = os.environ.get('ALLOWED_HOSTS', '').split(',')[0].strip(' .*') or 'localhost'; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': host}), timeout=4)"]
CMD ["python", "manage.py", "start", "--host", "0.0.0.0", "--port", "8000"]
